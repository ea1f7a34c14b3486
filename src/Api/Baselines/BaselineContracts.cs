namespace Migrate.Api.Baselines;

/// <summary>Which VMs are meant.</summary>
/// <param name="Vms">Names or keys; must be absent with <paramref name="All"/>.</param>
/// <param name="All">Every VM of the newest inventory that is no template.</param>
public sealed record ChooseVms(IReadOnlyList<string>? Vms, bool All);

/// <summary>What starting or stopping a collection came to.</summary>
/// <param name="Changed">VMs whose collection began or ended by this call.</param>
/// <param name="Collected">VMs of the source that are collected now.</param>
public sealed record BaselineChange(int Changed, int Collected);

/// <summary>A VM whose counters are collected, or were.</summary>
/// <param name="VmKey">Managed object id.</param>
/// <param name="VmName">Name at the start of the collection.</param>
/// <param name="State">collecting, stopped or failing.</param>
/// <param name="Disks">Disks that gave samples in the last poll.</param>
/// <param name="StartedAt">UTC.</param>
/// <param name="StoppedAt">UTC; null while it is collected.</param>
/// <param name="Newest">Time of the newest stored sample, UTC by the source's clock; null before the first.</param>
/// <param name="PolledAt">When the source last answered, UTC.</param>
/// <param name="Gaps">Times of which there are no samples and never will be.</param>
/// <param name="StoredBytes">Bytes that its samples take in the database.</param>
/// <param name="Error">Why the last poll failed, with the remedy; null when it did not.</param>
public sealed record BaselineWatchView(
    string VmKey, string VmName, string State, int Disks, DateTime StartedAt, DateTime? StoppedAt, DateTime? Newest, DateTime? PolledAt, int Gaps, long StoredBytes, string? Error);

/// <summary>What collecting costs a source.</summary>
/// <param name="Source">Name of the source.</param>
/// <param name="Vms">VMs that are collected.</param>
/// <param name="Disks">Their disks.</param>
/// <param name="MetricsPerQuery">What the source allows in one query; vCenter's default before the first poll.</param>
/// <param name="CallsPerPoll">Calls to the source's API in each poll, login and logout included.</param>
/// <param name="MinutesBetweenPolls">On average.</param>
/// <param name="CallsPerMinute">The load on the source, on average.</param>
/// <param name="LastCalls">Calls that the last poll really made; null before the first since this server was started.</param>
public sealed record BaselineLoadView(
    string Source, int Vms, int Disks, int MetricsPerQuery, int CallsPerPoll, double MinutesBetweenPolls, double CallsPerMinute, int? LastCalls);

/// <summary>Histograms of single I/Os that were measured elsewhere.</summary>
/// <param name="Origin">vscsiStats (its CSV) or fio (its JSON, best json+).</param>
/// <param name="Content">The file's text.</param>
/// <param name="Disk">Label, key or instance (scsi0:0) of the disk; may be null where only one is possible.</param>
/// <param name="Handle">vscsiStats' handle of the disk, where the file holds several.</param>
/// <param name="CountedFrom">When vscsiStats began to count, UTC. Without it and its end, the histogram is shown and decides nothing: it holds for its hours only.</param>
/// <param name="CountedTo">When it was printed, UTC, or half an hour after the last start if that was earlier, since vscsiStats stops by itself: a minute to 31 days later, and not to come.</param>
public sealed record ImportHistograms(string Origin, string Content, string? Disk, long? Handle, DateTime? CountedFrom, DateTime? CountedTo);
