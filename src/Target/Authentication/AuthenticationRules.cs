namespace Migrate.Target.Authentication;

/// <summary>What a host may do at once.</summary>
internal enum HostAccess
{
    Open,
    AfterAuthentication,
    Refused,
}

/// <summary>How a target authenticates hosts.</summary>
/// <param name="Keys">A host that has secrets must authenticate.</param>
/// <param name="IsRequired">A host without secrets may not connect.</param>
/// <param name="Hashes">Allowed hashes, the preferred one first.</param>
/// <param name="Groups">Allowed groups, the preferred one first.</param>
internal sealed record AuthenticationRules(IHostKeys Keys, bool IsRequired, IReadOnlyList<DhChapHash> Hashes, IReadOnlyList<DhChapGroup> Groups)
{
    /// <exception cref="Admin.TargetException">The secrets cannot be read: nobody is let in.</exception>
    public HostAccess AccessOf(string subsystemNqn, string hostNqn) => Keys.Find(subsystemNqn, hostNqn) is not null
        ? HostAccess.AfterAuthentication
        : IsRequired ? HostAccess.Refused : HostAccess.Open;
}
