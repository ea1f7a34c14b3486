using System.Collections.Immutable;

namespace Migrate.Target.Controllers;

/// <summary>Who may use a subsystem, and where. Replaced as a whole.</summary>
/// <param name="AllowAnyHost">True when the list does not matter.</param>
/// <param name="AllowedHosts">NQNs of the hosts that may.</param>
/// <param name="Ports">Ids of the ports that offer the subsystem; null for all.</param>
internal sealed record HostPolicy(bool AllowAnyHost, ImmutableHashSet<string> AllowedHosts, ImmutableHashSet<ushort>? Ports)
{
    public static HostPolicy Anybody { get; } = new(true, [], null);

    public static HostPolicy Nobody { get; } = new(false, [], null);

    public bool Allows(string hostNqn) => AllowAnyHost || AllowedHosts.Contains(hostNqn);

    public bool IsOfferedOn(SubsystemPort port) => Ports is null || Ports.Contains(port.Id);
}
