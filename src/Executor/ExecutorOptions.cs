using Migrate.Executor.Conversion;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs;
using Migrate.Executor.Sources;
using Migrate.Executor.Sources.Vddk;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere.Calls;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor;

/// <summary>Where an executor keeps its files and how much it does at once.</summary>
public sealed record ExecutorOptions
{
    /// <summary>Holds jobs.db, consoles/ and the lock that keeps a second executor out.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The PostgreSQL that several executors share their jobs in; null for jobs.db in the data directory.</summary>
    public DatabaseOptions? JobStore { get; init; }

    /// <summary>Who this process is among those that share the database.</summary>
    public WorkerIdentity Worker { get; init; } = WorkerIdentity.OfThisProcess();

    /// <summary>How many steps of which queue it does at once; a queue that is absent is left to others.</summary>
    internal IReadOnlyDictionary<JobQueue, int> Queues => new Dictionary<JobQueue, int>
    {
        [JobQueue.Control] = ControlWorkers,
        [JobQueue.Copy] = MaxCopies,
        [JobQueue.Passes] = PassWorkers,
        [JobQueue.Inventory] = InventoryWorkers,
    }.Where(x => x.Value > 0).ToDictionary();

    /// <summary>Runs that copy at the same time; 0 leaves copies to other processes, as 0 does in the other queues.</summary>
    public int MaxCopies { get; init; } = 2;

    /// <summary>VMware's disk kit, where the operator has it; null for none.</summary>
    public VddkOptions? Vddk { get; init; }

    /// <summary>How much of a source server's API is used by everything here together.</summary>
    public CallLimits SourceCalls { get; init; } = new();

    /// <summary>What all copies of one source host may take of it.</summary>
    public HostBudgetOptions HostBudget { get; init; } = new();

    /// <summary>
    /// Workers beyond the copies, so that copies never hold up a cutover or an operator's request. A validation keeps one for minutes,
    /// nearly all of them spent waiting, so there are more than processors would need.
    /// </summary>
    public int ControlWorkers { get; init; } = 8;

    /// <summary>
    /// Runs that begin at the same time. Each asks the source much and may wait minutes for its guest to shut down; a wave begins them
    /// all at once.
    /// </summary>
    public int InventoryWorkers { get; init; } = 4;

    /// <summary>Workers for passes of warm runs, beyond those for seeds: what is kept in step never waits behind copies of hours.</summary>
    public int PassWorkers { get; init; } = 4;

    /// <summary>Disks that are copied at once.</summary>
    public CopyLimitOptions CopyLimits { get; init; } = new();

    /// <summary>Waits and limits of snapshots; a plan's policy decides about quiescing and free space.</summary>
    public TrackingOptions Tracking { get; init; } = new();

    /// <summary>What copies of this process may take of hosts, datastores and links, by the hour, beside the limits that are stored for all.</summary>
    public IReadOnlyDictionary<ThrottleKey, ThrottleProfile> Throttles { get; init; } = new Dictionary<ThrottleKey, ThrottleProfile>();

    /// <summary>How copies give way to a datastore's own work, where its latency is known.</summary>
    public LatencyGuardOptions LatencyGuard { get; init; } = new();

    /// <summary>Data that a copy sends between two checkpoints, as in <see cref="Copy.CopyOptions.CheckpointBytes"/>: what a crash can cost it.</summary>
    public long CheckpointBytes { get; init; } = new Copy.CopyOptions().CheckpointBytes;

    /// <summary>How long a copy that can go on anywhere works before it lets others have its worker.</summary>
    public TimeSpan CopySlice { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A lease not renewed for this long belongs to nobody; it is renewed three times in that span.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Between two searches for runs that are due and that nobody works on.</summary>
    public TimeSpan ReconcileEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a copy waits for a target whose connection was lost before that is such a failure.</summary>
    public TimeSpan TargetLossTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>True to write to a target in this process over its NVMe/TCP port, too, as to one elsewhere: slower, and all that others use is used.</summary>
    public bool TargetByTcp { get; init; }

    /// <summary>A transient failure of the source is tried again this often before the run fails.</summary>
    public int TransientRetries { get; init; } = 4;

    /// <summary>Wait before the first such try; doubles with each.</summary>
    public TimeSpan TransientBackoff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Between two looks at a VM that another task of the source holds, so that it cannot be exported: that is no failure, however long it takes.</summary>
    public TimeSpan BusySourcePoll { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a guest may take to shut down on the source.</summary>
    public TimeSpan ShutdownPatience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How guests are converted, where their plan wants it.</summary>
    public ConversionOptions Conversion { get; init; } = new();

    /// <summary>Between two looks at whether it is off.</summary>
    public TimeSpan ShutdownPoll { get; init; } = TimeSpan.FromSeconds(2);
}
