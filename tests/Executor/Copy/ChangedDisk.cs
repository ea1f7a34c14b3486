using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Tests.Copy;

/// <summary>One disk of a warm copy in a test: its destination and its journal, which survive crashes.</summary>
internal sealed class ChangedDisk(int key, int index, long capacityBytes, string journal, Random random)
{
    public int Key => key;

    public int Index => index;

    public MemoryDisk Destination { get; private set; } = new(capacityBytes, random);

    /// <summary>Nothing was copied yet, by any attempt.</summary>
    public bool IsUntouched => !File.Exists(journal);

    public List<ChangeCopyResult> Results { get; } = [];

    /// <summary>Copies the disk's part of the pass. Breaks off after some writes when <paramref name="failAtWrite"/> says so.</summary>
    public async Task<ChangeCopyResult> CopyAsync(VSphereSession session, Vm vm, TrackingPass pass, int? failAtWrite, SelfTestOptions? selfTest, CancellationToken cancellationToken)
    {
        var disk = pass.Disks.Single(d => d.Disk.Key == key);
        var uri = session.FolderUri(vm.Datacenter, DiskReaders.FlatFileOf(disk.Disk.FrozenFile!));
        await using var flat = await FolderReader.OpenAsync(session.Http, uri, new FolderReaderOptions { ParallelRequests = 2, Attempts = 2, FirstDelay = TimeSpan.FromMilliseconds(5) }, TimeProvider.System, cancellationToken);
        await using var opened = await CopyJournal.OpenAsync(journal, Guid.Empty, capacityBytes, cancellationToken);
        Destination.FailAtWrite = failAtWrite ?? int.MaxValue;
        var options = new ChangeCopyOptions { DestinationIsZero = random.Next(2) == 0, Random = random, SelfTest = selfTest ?? new(), StaleAreas = pass.StaleAreas(key, cancellationToken) };
        try
        {
            var result = await ChangeCopy.RunAsync(flat, Destination, opened, disk.Basis, pass.ChangedAreas(key, cancellationToken), options, null, TimeProvider.System, cancellationToken);
            Results.Add(result);
            return result;
        }
        catch (Exception) when (failAtWrite is not null)
        {
            // As after a power loss: of what was not flushed, anything may be there.
            Destination = Destination.Crash();
            throw;
        }
    }
}
