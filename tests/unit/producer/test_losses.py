from benchwire.producer.losses import LossAccount


def test_losses_are_to_be_declared_at_the_first_and_at_each_doubling() -> None:
    account = LossAccount()
    due = [account.add(seq, "step", "disk_full", "") for seq in range(20)]
    assert [seq + 1 for seq, now in enumerate(due) if now] == [1, 2, 4, 8, 16]


def test_consecutive_losses_are_one_range() -> None:
    account = LossAccount()
    for seq in (3, 4, 5, 9):
        account.add(seq, "step", "disk_full", "no space")
    account.add(6, "heartbeat", "invalid", "")
    (reason, full), (_, invalid) = account.payloads()
    assert reason == "disk_full"
    assert full["ranges"] == [{"first_seq": 3, "last_seq": 5}, {"first_seq": 9, "last_seq": 9}]
    assert full["detail"] == "no space"
    assert invalid["event_types"] == ["heartbeat"]


def test_what_is_declared_is_not_declared_again() -> None:
    account = LossAccount()
    account.add(0, "step", "disk_full", "")
    assert account
    account.declared("disk_full")
    assert not account
    assert account.total == 1
