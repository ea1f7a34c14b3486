using Migrate.Executor.Runs.Gates;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Api.Runs;

/// <summary>One VM's migration as lists and progress show it.</summary>
/// <param name="Id">How calls and commands name it.</param>
/// <param name="Plan">Name of its plan.</param>
/// <param name="Wave">Wave number.</param>
/// <param name="Vm">Name of the VM.</param>
/// <param name="Phase">Where it is.</param>
/// <param name="Attempt">Counts from 1; grows with every retry.</param>
/// <param name="Outcome">Pass, Fail or Inconclusive once there is a verdict.</param>
/// <param name="CapacityBytes">Sum of its disks.</param>
/// <param name="BytesDone">How far the copy is: bytes of the disks, zero or not, that the source has given.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="StartedAt">UTC; null while it waits.</param>
/// <param name="FinishedAt">UTC; null while it goes on.</param>
/// <param name="ErrorCode">Stable code of the failure, if it failed.</param>
/// <param name="Error">What went wrong.</param>
/// <param name="Remedy">What to do about it.</param>
/// <param name="DomainName">Name of the libvirt domain once it is defined.</param>
/// <param name="Mode">Cold or Warm.</param>
/// <param name="ReadyAt">Since when the last pass of a warm run fits the allowed downtime, UTC; null while it does not.</param>
/// <param name="CutOverAt">When it is to be cut over, UTC; null while nobody has said.</param>
/// <param name="BytesPerSecond">Of its disks that are copied or read back now; 0 when none is.</param>
/// <param name="EtaSeconds">Until the last of them is through; null when nothing tells.</param>
/// <param name="Bottleneck">What its slowest disk waits for.</param>
/// <param name="StalledSince">When something of a disk was settled last of which nothing is any more, and no limit says why, UTC; null while all get on.</param>
/// <param name="Observed">While it is Validating: since when its guest's I/O is observed, until when, and how much was seen.</param>
public sealed record RunView(
    Guid Id,
    string Plan,
    int Wave,
    string Vm,
    RunPhase Phase,
    int Attempt,
    string? Outcome,
    long CapacityBytes,
    long BytesDone,
    DateTime CreatedAt,
    DateTime? StartedAt,
    DateTime? FinishedAt,
    string? ErrorCode,
    string? Error,
    string? Remedy,
    string? DomainName,
    MigrationMode Mode,
    DateTime? ReadyAt,
    DateTime? CutOverAt,
    long BytesPerSecond,
    long? EtaSeconds,
    string? Bottleneck,
    DateTime? StalledSince,
    string? Observed = null);

/// <summary>One disk of a run.</summary>
/// <param name="DiskKey">Device key in the VM, e.g. 2000.</param>
/// <param name="Label">e.g. Hard disk 1.</param>
/// <param name="Reader">https-folder or export-lease.</param>
/// <param name="NamespaceUuid">The namespace that it is copied to.</param>
/// <param name="CapacityBytes">Bytes.</param>
/// <param name="BytesRead">Bytes that the source sent.</param>
/// <param name="BytesWritten">Bytes written to the namespace.</param>
/// <param name="BytesZero">Bytes that were zero and were not written.</param>
/// <param name="CopyStartedAt">UTC.</param>
/// <param name="CopyFinishedAt">UTC.</param>
/// <param name="SourceHash">Hash of what the source sent, hex.</param>
/// <param name="DestinationHash">The same, hex, when all of the namespace was read back and is what the source sent.</param>
/// <param name="VerifiedAt">UTC; set when both hashes are known.</param>
/// <param name="BytesDone">How far the copy, or the pass, is: bytes of the disk that are settled.</param>
/// <param name="BytesVerified">How far reading back is.</param>
/// <param name="BytesPerSecond">Of the copy or reading back that goes on, smoothed; 0 when none does.</param>
/// <param name="EtaSeconds">At that rate.</param>
/// <param name="EarliestEtaSeconds">If the rate were as much better as it has been varying.</param>
/// <param name="LatestEtaSeconds">If it were as much worse.</param>
/// <param name="LastProgressAt">When something was settled last, UTC; null before there was anything.</param>
/// <param name="StalledSince">The same while that is longer ago than is usual and no limit says why.</param>
/// <param name="Bottleneck">What it waits for, or since when nothing was settled.</param>
public sealed record RunDiskView(
    int DiskKey,
    string Label,
    string Reader,
    Guid NamespaceUuid,
    long CapacityBytes,
    long BytesRead,
    long BytesWritten,
    long BytesZero,
    DateTime? CopyStartedAt,
    DateTime? CopyFinishedAt,
    string? SourceHash,
    string? DestinationHash,
    DateTime? VerifiedAt,
    long BytesDone,
    long BytesVerified,
    long BytesPerSecond,
    long? EtaSeconds,
    long? EarliestEtaSeconds,
    long? LatestEtaSeconds,
    DateTime? LastProgressAt,
    DateTime? StalledSince,
    string? Bottleneck);

/// <summary>What a run's cutover waits for.</summary>
/// <param name="Gates">Each is Green, Accepted (with who gave which reason when) or Closed (with what opens it).</param>
public sealed record GatesView(IReadOnlyList<CutoverGate> Gates);

/// <summary>Somebody's word that a VM may be cut over.</summary>
/// <param name="Reason">What was looked at.</param>
/// <param name="By">Who says so; kept beside the authenticated name, since nobody checks it.</param>
public sealed record ApproveCutover(string? Reason, string? By);

/// <summary>Takes back the approval of a cutover and the word for it.</summary>
/// <param name="Reason">Why, in 8 characters or more; kept in the run's log and the audit log.</param>
/// <param name="By">Who says so; kept beside the authenticated name, since nobody checks it.</param>
public sealed record WithdrawCutover(string? Reason, string? By);

/// <summary>Lets a run cut over.</summary>
/// <param name="Reason">Why now, in 8 characters or more; kept in the run's log and the audit log.</param>
/// <param name="By">Who says so; kept beside the authenticated name, since nobody checks it.</param>
/// <param name="At">Not before this time, UTC; at once when it is not given.</param>
/// <param name="Force">Accepts a longer downtime than the plan allows, and goes on outside of its windows and before what it comes after by approved waves.</param>
public sealed record CutOver(string? Reason, string? By, DateTime? At, bool? Force);

/// <summary>Takes a run back.</summary>
/// <param name="Reason">Why, in 8 characters or more; kept in the run's log and the audit log.</param>
/// <param name="By">Who says so; kept beside the authenticated name, since nobody checks it.</param>
/// <param name="DeleteData">Deletes the copied data as well.</param>
/// <param name="DiscardChanges">Confirms that what the guest has written since its cutover is lost, however much; needed once its domain may have run.</param>
/// <param name="DiscardBytes">Confirms that so many bytes of it may be lost, of a domain whose changes are counted. Looked at again when its guest is stopped: if it is more, nothing is rolled back.</param>
public sealed record RollBack(string? Reason, string? By, bool? DeleteData, bool? DiscardChanges, long? DiscardBytes);

/// <summary>Somebody's word that a plan goes on in spite of a run's verdict of Fail.</summary>
/// <param name="Reason">Why.</param>
/// <param name="By">Who says so; kept beside the authenticated name, since nobody checks it.</param>
public sealed record AcceptVerdict(string? Reason, string? By);

/// <summary>A line of a run's log.</summary>
/// <param name="Id">Ascending; also the id of the server-sent event.</param>
/// <param name="RunId">The run.</param>
/// <param name="At">UTC.</param>
/// <param name="Phase">The run's phase at that moment.</param>
/// <param name="Level">info, warning or error.</param>
/// <param name="Message">Text.</param>
public sealed record RunEventView(long Id, Guid RunId, DateTime At, RunPhase Phase, string Level, string Message);

/// <summary>A run with its disks and the newest lines of its log.</summary>
/// <param name="Run">The run.</param>
/// <param name="Disks">Its disks by key.</param>
/// <param name="Events">At most 50 newest lines, oldest first; all of them: GET …/log.</param>
/// <param name="SourceChanges">What was changed on the source and how it is undone.</param>
/// <param name="Verify">How its copies are proven.</param>
/// <param name="Downtime">The guest's outage and what it was spent on; null when the run has not shut it down.</param>
/// <param name="Conversion">Of the guest by virt-v2v; null when none was begun.</param>
/// <param name="Rehearsal">Of the cutover, the last one; null when there was none and nobody asked.</param>
/// <param name="RollBack">How long its roll-back took, or takes; null while nobody asked for one.</param>
/// <param name="Observation">Of the guest's I/O after the cutover; null before that.</param>
/// <param name="FailedVerdict">Its verdict of Fail, which holds later waves of its plan until somebody accepts it, with who did; null for any other verdict, or none.</param>
/// <param name="PrunedAt">UTC; when its log and what was observed of its storage were deleted, being over for long. Null while they are kept.</param>
public sealed record RunDetail(
    RunView Run, IReadOnlyList<RunDiskView> Disks, IReadOnlyList<RunEventView> Events, IReadOnlyList<string> SourceChanges, VerifyLevel Verify, DowntimeView? Downtime, ConversionView? Conversion,
    RehearsalView? Rehearsal, RollBackView? RollBack, ObservationView? Observation, FailedVerdict? FailedVerdict, DateTime? PrunedAt);

/// <summary>
/// What the event stream carries. Exactly one of the two is set, except in a heartbeat, which has neither. Event types:
/// <c>log</c>, <c>progress</c> (at most once a second per run, and once for each run when the stream opens), <c>heartbeat</c>
/// (every 15 s of silence) and <c>end</c> (every run watched has finished; the server then closes).
/// </summary>
/// <param name="Log">A new line of the log.</param>
/// <param name="Run">A run whose phase or bytes changed.</param>
public sealed record RunUpdate(RunEventView? Log, RunView? Run);

/// <summary>The runs of a wave that was started.</summary>
/// <param name="Plan">Name of the plan.</param>
/// <param name="Wave">Wave number.</param>
/// <param name="Runs">One run per VM.</param>
public sealed record WaveView(string Plan, int Wave, IReadOnlyList<RunView> Runs);
