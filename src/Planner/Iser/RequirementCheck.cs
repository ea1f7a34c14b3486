namespace Migrate.Planner.Iser;

public enum RequirementOutcome
{
    Unknown,
    Met,
    NotMet,
    /// <summary>Does not apply here, e.g. an InfiniBand switch where Ethernet carries RDMA.</summary>
    NotNeeded,
}

/// <summary>
/// One requirement of iSER on one adapter. <paramref name="Evidence"/> says what was seen, or what would have to be seen;
/// <paramref name="Remedy"/> is empty unless there is something to do.
/// </summary>
public sealed record RequirementCheck(string Id, string Requirement, RequirementOutcome Outcome, string Evidence, string Remedy);

/// <summary>An iSER adapter of a host with everything that it rests on.</summary>
public sealed record IserReport(string HostKey, string HostName, RdmaChain Chain, IReadOnlyList<RequirementCheck> Checks)
{
    public string Adapter => Chain.Adapter.Device;

    public bool CanCarryData => !Checks.Any(c => c.Outcome == RequirementOutcome.NotMet);
}
