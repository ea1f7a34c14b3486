namespace Migrate.Target.Admin;

/// <summary>A subsystem as it is now.</summary>
/// <param name="Nqn">Its name.</param>
/// <param name="SerialNumber">What hosts show as its serial number.</param>
/// <param name="IsDefault">True for the one that the options name: it cannot be deleted.</param>
/// <param name="AllowAnyHost">True when any host may connect.</param>
/// <param name="AllowedHosts">NQNs of the hosts that may connect.</param>
/// <param name="Ports">Ids of the ports that offer it; null for all.</param>
/// <param name="AnaStates">The access states of the groups that have namespaces, or had their state set, by port.</param>
/// <param name="Namespaces">How many namespaces it has.</param>
/// <param name="Controllers">How many controllers hosts have on it.</param>
public sealed record SubsystemInfo(
    string Nqn, string SerialNumber, bool IsDefault, bool AllowAnyHost, IReadOnlyList<string> AllowedHosts, IReadOnlyList<ushort>? Ports,
    IReadOnlyList<AnaInfo> AnaStates, int Namespaces, int Controllers);

/// <summary>How a group of namespaces can be reached by a port.</summary>
/// <param name="Port">The port's id.</param>
/// <param name="Group">The group, 1 to 32.</param>
/// <param name="State">The access state.</param>
public sealed record AnaInfo(ushort Port, uint Group, AnaState State);
