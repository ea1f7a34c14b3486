namespace Migrate.Api.Limits;

/// <summary>What all copies together may take of a source host, a datastore or a link.</summary>
/// <param name="Of">SCOPE:NAME, the scope being host (a source by its address, or the ESXi host on which a VM is), datastore or link: "datastore:ds1". The name * is each that has no limit of its own.</param>
/// <param name="Limits">"200MiB,300iops" for all hours, "50MiB@08:00-18:00" for some; bytes and reads are per second, "20ms" is the datastore's latency at which copies back off.</param>
/// <param name="Now">The one that counts at this hour.</param>
/// <param name="LatencyMilliseconds">The newest sample of what has a bound and is read by copies of the server itself; null otherwise.</param>
/// <param name="HeldToBytesPerSecond">What such a latency leaves to the server's copies; null while it holds nothing back.</param>
public sealed record LimitView(string Of, IReadOnlyList<string> Limits, string Now, double? LatencyMilliseconds, long? HeldToBytesPerSecond);

/// <summary>Limits to set. What was set before for the same host, datastore or link is gone; others stay.</summary>
/// <param name="Limits">Each as SCOPE:NAME=LIMIT[,LIMIT][@HH:MM-HH:MM], several for one name if they differ in their hours.</param>
public sealed record SetLimits(IReadOnlyList<string> Limits);
