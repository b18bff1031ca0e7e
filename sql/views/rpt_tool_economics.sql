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
-- late, duplicate, missing: turns, calls and shares as sum_session_turns says; n_failed as in rpt_tool_calls, where a call that
--               belongs to no turn is too. n_runs are all of the policy. Every attempt counts, also open ones (n_incomplete); the
--               attempts of excluded trials (n_excluded) and superseded runs do not. Usage and cost are those that steps state
--               (rpt_run_turns); what run_stop alone states is in none of these. A call is not the cause of all that its
--               turn costs: rows show where cost goes, not what would be saved without a tool
-- operational:  no
CREATE OR REPLACE VIEW rpt_tool_economics AS
WITH
    shares -> toFloat64(intDiv(shares, 5342931457063200)) + (shares % 5342931457063200) / 5342931457063200 AS in_all,
    summed AS
    (
        SELECT
            policy_id,
            tool.tool_name AS tool_name,
            max(n_runs) AS n_runs,
            max(n_incomplete) AS n_incomplete,
            max(n_excluded) AS n_excluded,
            sum(tool.n_turns) AS n_turns,
            sum(if(isNull(tool.tool_name), 0, tool.n_shares)) AS n_calls,
            sum(tool.n_failed) AS n_failed,
            sum(tool.n_sized) AS n_sized,
            sum(tool.result_bytes) AS result_bytes,
            sum(tool.n_with_tokens) AS n_calls_with_tokens,
            sum(tool.token_shares) AS token_shares,
            sum(tool.output_token_shares) AS output_token_shares,
            sum(multiIf(empty(tool.usages), tool.n_with_cost, isNull(cost_shares), 0, tool.n_shares)) AS n_calls_with_cost,
            sum(cost_shares) AS cost_shares_of_tool,
            sum(tool.n_with_context) AS n_calls_with_context,
            sum(tool.context_token_shares) AS context_token_shares
        FROM ${database}.fct_session_turns(experiment = {experiment:String})
        ARRAY JOIN
            tools AS tool,
            tool_cost_shares AS cost_shares
        GROUP BY
            policy_id,
            tool_name
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
    in_all(token_shares) AS total_tokens,
    in_all(output_token_shares) AS output_tokens,
    token_shares / nullIf(sum(token_shares) OVER of_policy, 0) AS token_share,
    total_tokens / nullIf(n_calls_with_tokens, 0) AS tokens_per_call,
    n_calls_with_cost,
    in_all(cost_shares_of_tool) / 1000000000 AS cost_aiu,
    cost_shares_of_tool / nullIf(sum(cost_shares_of_tool) OVER of_policy, 0) AS cost_share,
    cost_aiu / nullIf(n_calls_with_cost, 0) AS cost_aiu_per_call,
    n_sized,
    result_bytes,
    result_bytes / nullIf(n_sized, 0) AS mean_result_bytes,
    n_calls_with_context,
    in_all(context_token_shares) AS context_tokens_added,
    context_tokens_added / nullIf(n_calls_with_context, 0) AS context_tokens_added_per_call
FROM summed
WINDOW of_policy AS (PARTITION BY policy_id)
ORDER BY
    policy_id,
    tool_name;
