"""The sandbox: AWS without an account. MiniStack, the EKS twin and the deployed template on one port of 127.0.0.1."""
