"""The paper's claims, each with a number, a null model and a verdict by rules fixed beforehand."""
