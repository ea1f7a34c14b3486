namespace Migrate.Planner.Plans;

/// <summary>How the VMs of a plan that move warm are kept in step, and when they may go down.</summary>
public sealed record WarmPolicy
{
    /// <summary>The longest downtime, from asking the guest to shut down until its domain starts. A run is Ready once the forecast fits into it.</summary>
    public int AllowedDowntimeSeconds { get; init; } = 300;

    /// <summary>From the end of a pass to the next one while the run waits; 0: passes only on demand.</summary>
    public int PassIntervalSeconds { get; init; } = 900;

    /// <summary>False: a run that is Ready makes no more passes by itself, so that its last one grows while it waits.</summary>
    public bool KeepInSync { get; init; } = true;

    /// <summary>Passes in a row that may be made to get the last one short enough; then only one every interval.</summary>
    public int MostPasses { get; init; } = 28;

    /// <summary>Cut over as soon as the run is Ready (and the window has begun). Else an operator says when.</summary>
    public bool CutOverWhenReady { get; init; }

    /// <summary>
    /// A run that is Ready for the first time rehearses its cutover: the guest is converted and started from overlays, without a network. One that does not work
    /// keeps the run from cutting over by itself.
    /// </summary>
    public bool Rehearse { get; init; }

    /// <summary>Begin of the window, UTC: no run of the plan cuts over by itself before. Null: no window.</summary>
    public DateTime? CutOverNotBefore { get; init; }

    /// <summary>A pass fails when its guest cannot be brought to a quiet moment; else it is made all the same, as after a power loss.</summary>
    public bool RequireQuietGuest { get; init; }

    /// <summary>Power the VM off when its guest has not shut down in time; else the cutover fails and the VM stays on.</summary>
    public bool PowerOffAfterTimeout { get; init; }

    /// <summary>A pass is given up when a datastore of the VM has a smaller share of its capacity free (0 to 0.9).</summary>
    public double DatastoreFreeShare { get; init; } = 0.1;
}
