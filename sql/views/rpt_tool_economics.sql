-- question:     What do the turns that call a tool cost, and what does its result add to the context?
-- grain:        one row per policy of the experiment and tool that one of its turns called, and one per policy for turns without calls
-- keys:         policy_id, tool_name (NULL: the turns that called no tool)
-- units:        tokens as counts; AIU in 10^9 nano-AIU; result_bytes in bytes; shares 0 to 1
-- denominators: what a turn used and cost is shared equally among its calls, and added up by tool; of a turn without calls all goes to
--               the row without a tool. token_share and cost_share = the tool's / the sum over the policy's rows; tokens_per_call
--               and cost_aiu_per_call are over the calls of turns that state them (n_calls_with_tokens, n_calls_with_cost); where
--               no tool was called, they are over turns. context_tokens_added is how much fuller the context was after the agent's
--               next turn than after this one, shared alike (negative after a compaction), and per_call over the
--               n_calls_with_context whose two turns state it; mean_result_bytes over the n_sized calls that state a size. NULL
--               when the denominator is 0
-- late, duplicate, missing: turns and their calls as fct_session_turns says; n_failed as in rpt_tool_calls, where a call that
--               belongs to no turn is too. n_runs are all of the policy. Every attempt counts, also open ones (n_incomplete); the
--               attempts of excluded trials (n_excluded) and superseded runs do not. Usage and cost are those that steps state
--               (rpt_run_turns); what run_stop alone states is in none of these. A call is not the cause of all that its
--               turn costs: rows show where cost goes, not what would be saved without a tool
-- operational:  no
CREATE OR REPLACE VIEW rpt_tool_economics AS
WITH
    turns AS
    (
        SELECT
            policy_id,
            n_runs,
            n_incomplete,
            n_excluded,
            length(calls) AS n_tool_calls,
            calls,
            prompt_tokens,
            output_tokens,
            cost_nano_aiu,
            context_tokens_added
        FROM ${database}.fct_session_turns(experiment = {experiment:String})
        ARRAY JOIN
            turn_calls AS calls,
            turn_prompt_tokens AS prompt_tokens,
            turn_output_tokens AS output_tokens,
            turn_costs_nano_aiu AS cost_nano_aiu,
            turn_context_tokens_added AS context_tokens_added
    ),
    shared AS
    (
        SELECT
            turns.policy_id AS policy_id,
            call.1 AS tool,
            turns.n_tool_calls AS n_tool_calls,
            max(turns.n_runs) AS n_runs,
            max(turns.n_incomplete) AS n_incomplete,
            max(turns.n_excluded) AS n_excluded,
            count() AS n_calls,
            -- The first of its tool in the turn, or of no tool.
            countIf(call_no <= 1) AS n_turns,
            countIf(call.2) AS n_failed,
            count(call.3) AS n_sized,
            sum(call.3) AS result_bytes,
            countIf(isNotNull(turns.prompt_tokens) OR isNotNull(turns.output_tokens)) AS n_with_tokens,
            count(turns.cost_nano_aiu) AS n_with_cost,
            count(turns.context_tokens_added) AS n_with_context,
            -- Exact: only turns with equally many calls are together here.
            sum(turns.prompt_tokens) AS sum_prompt_tokens,
            sum(turns.output_tokens) AS sum_output_tokens,
            if(n_with_tokens = 0, NULL, ifNull(sum_prompt_tokens, 0) + ifNull(sum_output_tokens, 0)) AS total_tokens,
            sum(turns.cost_nano_aiu) AS cost_nano_aiu,
            sum(turns.context_tokens_added) AS context_tokens_added
        FROM turns
        LEFT ARRAY JOIN
            turns.calls AS call,
            arrayEnumerateUniq(turns.calls.1) AS call_no
        GROUP BY
            turns.policy_id,
            tool,
            turns.n_tool_calls
    ),
    summed AS
    (
        SELECT
            shared.policy_id AS policy_id,
            if(shared.n_tool_calls = 0, NULL, toString(shared.tool)) AS tool_name,
            max(shared.n_runs) AS n_runs,
            max(shared.n_incomplete) AS n_incomplete,
            max(shared.n_excluded) AS n_excluded,
            sum(shared.n_turns) AS n_turns,
            sumIf(shared.n_calls, shared.n_tool_calls > 0) AS n_calls,
            sum(shared.n_failed) AS n_failed,
            sum(shared.n_sized) AS n_sized,
            sum(shared.result_bytes) AS result_bytes,
            sum(shared.n_with_tokens) AS n_calls_with_tokens,
            sum(shared.n_with_cost) AS n_calls_with_cost,
            sum(shared.n_with_context) AS n_calls_with_context,
            -- In the order of n_shares: a sum of floats depends on its order.
            arraySort(
                groupArray(
                    tuple(
                        greatest(shared.n_tool_calls, 1) AS n_shares,
                        shared.total_tokens / nullIf(n_shares, 0),
                        shared.sum_output_tokens / nullIf(n_shares, 0),
                        shared.cost_nano_aiu / nullIf(n_shares, 0),
                        shared.context_tokens_added / nullIf(n_shares, 0)
                    )
                )
            ) AS parts,
            if(n_calls_with_tokens = 0, NULL, arraySum(part -> ifNull(part.2, 0), parts)) AS total_tokens,
            if(arrayAll(part -> isNull(part.3), parts), NULL, arraySum(part -> ifNull(part.3, 0), parts)) AS output_tokens,
            if(n_calls_with_cost = 0, NULL, arraySum(part -> ifNull(part.4, 0), parts) / 1000000000) AS cost_aiu,
            if(n_calls_with_context = 0, NULL, arraySum(part -> ifNull(part.5, 0), parts)) AS context_tokens_added
        FROM shared
        GROUP BY
            shared.policy_id,
            tool_name
    ),
    of_policies AS
    (
        SELECT
            *,
            arraySum(arraySort(groupArray(total_tokens) OVER (PARTITION BY policy_id))) AS total_tokens_of_policy,
            arraySum(arraySort(groupArray(cost_aiu) OVER (PARTITION BY policy_id))) AS cost_aiu_of_policy
        FROM summed
    )
SELECT
    policy_id,
    tool_name,
    n_runs,
    n_incomplete,
    n_excluded,
    n_turns,
    n_calls,
    n_failed,
    n_calls_with_tokens,
    total_tokens,
    output_tokens,
    total_tokens / nullIf(total_tokens_of_policy, 0) AS token_share,
    total_tokens / nullIf(n_calls_with_tokens, 0) AS tokens_per_call,
    n_calls_with_cost,
    cost_aiu,
    cost_aiu / nullIf(cost_aiu_of_policy, 0) AS cost_share,
    cost_aiu / nullIf(n_calls_with_cost, 0) AS cost_aiu_per_call,
    n_sized,
    result_bytes,
    result_bytes / nullIf(n_sized, 0) AS mean_result_bytes,
    n_calls_with_context,
    context_tokens_added,
    context_tokens_added / nullIf(n_calls_with_context, 0) AS context_tokens_added_per_call
FROM of_policies
ORDER BY
    policy_id,
    tool_name;
