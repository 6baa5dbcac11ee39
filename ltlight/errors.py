"""The one exception that means: the user can mend this."""


class UserError(Exception):
    """Bad input, told in one line: the key or file, what is wrong with it, and what to do.

    The command line prints it without a traceback and exits non-zero; any other exception is a
    fault of ours and keeps its traceback.
    """
