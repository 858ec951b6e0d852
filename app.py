"""The CDK app: settings become stacks. ``make synth`` writes the template, ``make deploy`` sends it."""

from pathlib import Path

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from stacks.asset import Target, packaged
from stacks.options import Options
from stacks.slipway import SlipwayStack

ROOT = Path(__file__).parent

app = cdk.App()
options = Options.from_context(app.node)
SlipwayStack(
    app,
    options.stack_name,
    options=options,
    code=packaged(ROOT, options.target),
    definitions=ROOT / "statemachines",
)
if options.target is Target.LAMBDA:
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
