from ltlight.data.sources.passed_over import PassedOver


def test_only_some_names_are_told():
    passed = PassedOver()
    assert not passed
    for i in range(5):
        passed.add("dangling link", f"{i}")
    assert passed
    assert str(passed) == "5 dangling links (0, 1, 2, …)"


def test_it_is_said_once_and_nothing_is_said_of_nothing(tmp_path, caplog):
    passed = PassedOver()
    passed.say(tmp_path)
    assert caplog.text == ""
    for name in ("a/README", "b.TXT", "c.txt"):
        passed.add_file(name)
    passed.add("FIFO", "a/pipe")
    passed.say(tmp_path)
    [record] = caplog.records
    assert record.getMessage() == (
        f"{tmp_path}: passed over: 3 files of no picture format (.txt 2, no extension 1), "
        "1 FIFO (a/pipe)"
    )
