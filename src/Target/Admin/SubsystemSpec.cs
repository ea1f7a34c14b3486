namespace Migrate.Target.Admin;

/// <summary>A subsystem as it should be.</summary>
/// <param name="Nqn">Its name, which hosts connect to.</param>
public sealed record SubsystemSpec(string Nqn)
{
    /// <summary>True lets any host connect; the list does not matter then.</summary>
    public bool AllowAnyHost { get; init; }

    /// <summary>NQNs of the hosts that may connect.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Ids of the ports that offer it; null for all there are and will be.</summary>
    public IReadOnlyList<ushort>? Ports { get; init; }

    /// <summary>Up to 20 printable ASCII characters that hosts show; null for one of the target's making. Stays as it was at first.</summary>
    public string? SerialNumber { get; init; }
}
