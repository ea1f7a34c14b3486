using Migrate.Target.Protocol;
using Migrate.Target.Tls;

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
    /// <param name="subsystemNqn">What Connect names.</param>
    /// <param name="hostNqn">Who it says it is.</param>
    /// <param name="proven">What TLS has proven; null without TLS.</param>
    /// <exception cref="Admin.TargetException">The secrets cannot be read: nobody is let in.</exception>
    public HostAccess AccessOf(string subsystemNqn, string hostNqn, TlsPeers? proven)
    {
        if (proven is not null && (proven.HostNqn != hostNqn || proven.SubsystemNqn != subsystemNqn))
        {
            return HostAccess.Refused;
        }

        // The discovery service tells addresses and names only: everybody may ask it.
        if (subsystemNqn == Nqn.Discovery)
        {
            return HostAccess.Open;
        }

        return Keys.Find(subsystemNqn, hostNqn) switch
        {
            { Tls: not null } when proven is null => HostAccess.Refused, // or a listener could undo TLS by leading the host here
            { Host: not null } => HostAccess.AfterAuthentication,
            _ => IsRequired && proven is null ? HostAccess.Refused : HostAccess.Open,
        };
    }
}
