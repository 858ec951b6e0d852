"""Step Functions as AWS runs them, where MiniStack's own interpreter differs.

MiniStack runs a JSONata definition with one set of variables for all branches, forgets the branches in the history,
drops `Output` of Parallel and Succeed, waits on after StopExecution and more. Its API, its evaluation of expressions
and its service integrations are good: they stay. What walks through the states is replaced by this package, for
definitions whose `QueryLanguage` is JSONata; others run on MiniStack's.

The rules: https://states-language.net and https://docs.aws.amazon.com/step-functions/latest/dg/
"""
