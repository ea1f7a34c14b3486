namespace Migrate.Simulator.Faults;

/// <summary>
/// What a rehearsal can make go wrong while the simulator runs. Everything takes effect at once and, where it names a
/// count, wears off by itself.
/// </summary>
public sealed class SimulatorFaults
{
    /// <summary>Every session is forgotten: the next call answers NotAuthenticated, /folder answers 401.</summary>
    public void ExpireSessions() => throw new NotImplementedException();

    /// <summary>The VM is gone, as if somebody deleted it: ManagedObjectNotFound from now on.</summary>
    public void VanishVm(string name) => throw new NotImplementedException();

    /// <summary>Somebody changed the size of a disk in vSphere.</summary>
    public void ChangeCapacity(string vm, int diskIndex, long capacityBytes) => throw new NotImplementedException();

    /// <summary>The next <paramref name="times"/> disk reads of /folder are cut after <paramref name="afterBytes"/> bytes.</summary>
    public void CutFolderReads(long afterBytes, int times = 1) => throw new NotImplementedException();

    /// <summary>The next <paramref name="times"/> lease downloads are cut after <paramref name="afterBytes"/> bytes.</summary>
    public void CutLeaseReads(long afterBytes, int times = 1) => throw new NotImplementedException();

    /// <summary>The next <paramref name="times"/> HTTP requests (any path but the control endpoint) answer 503.</summary>
    public void FailHttp(int times) => throw new NotImplementedException();

    /// <summary>Limits /folder and leases to this many bytes per second over all requests; null = no limit.</summary>
    public long? ReadBytesPerSecond { get; set; }

    /// <summary>Every open lease goes to state error.</summary>
    public void DropLeases() => throw new NotImplementedException();
}
