"""What the columns of one page are worked out of."""

from desktop.widgets.view import once_a_page


def test_columns_of_one_page_ask_once_and_those_of_the_next_ask_anew() -> None:
    asked: list[list[str]] = []

    def read(ids: list[str]) -> int:
        asked.append(ids)
        return len(asked)

    of_page = once_a_page(read)
    page, same_again = ["a", "b"], ["a", "b"]
    assert [of_page(page), of_page(page)] == [1, 1]
    assert of_page(same_again) == 2, "somebody may have changed it meanwhile"
    assert of_page(page) == 3
    assert asked == [page, same_again, page]
