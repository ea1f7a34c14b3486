namespace Migrate.Planner.Iser;

/// <summary>How the ports of the switch keep frames from being lost, as an operator stated it.</summary>
public enum SwitchFlowControl
{
    /// <summary>Priority flow control for the storage's priority, usually beside ECN.</summary>
    Pfc,
    /// <summary>Pause frames for all traffic of a port.</summary>
    Pause,
    /// <summary>Neither.</summary>
    None,
}

/// <summary>Who gave a piece of evidence, and when (UTC).</summary>
public sealed record Testimony(string By, DateTime At)
{
    public override string ToString() => FormattableString.Invariant($"{By}, {At:yyyy-MM-dd HH:mm} UTC");
}

/// <summary>What an operator says of the switch that a host's storage is plugged into. <paramref name="Note"/>: which switch, ECN, where that was seen; may be empty.</summary>
public sealed record SwitchStatement(SwitchFlowControl Kind, string Note, Testimony Given);

/// <summary>What is known of flow control around a host, none of which vSphere's API shows.</summary>
/// <param name="Nics">By uplink, from what the host's own commands print.</param>
/// <param name="NicsGiven">Null when nothing of the host's NICs was given, or it is shown only for this once.</param>
/// <param name="Switch">Null when nobody said anything.</param>
public sealed record HostFlowControl(IReadOnlyDictionary<string, FlowControl> Nics, Testimony? NicsGiven, SwitchStatement? Switch)
{
    public static HostFlowControl Unknown { get; } = new(new Dictionary<string, FlowControl>(), null, null);
}
