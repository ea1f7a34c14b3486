using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Records;

namespace Migrate.Target.Admin;

// The files behind the namespaces: opening, checking, closing.
public sealed partial class NvmeTarget
{
    // One disk that is missing must not keep the others' machines from running: it stays offline and says why.
    private void Open(Subsystem subsystem, NamespaceRecord record)
    {
        var one = new Namespace(record.Uuid, record.Nsid, record.CapacityBytes, record.BlockSize, PathOf(record.Uuid), record.AnaGroup);
        subsystem.Namespaces.Set(record.Nsid, one);
        Backing? backing = null;
        try
        {
            backing = record.Online ? OpenChecked(one) : null;
        }
        catch (TargetException e)
        {
            one.Problem = e;
            LogBackingProblem(one.Uuid, one.Nsid, e.Message, e.Remedy);
        }

        _ = one.ReplacePeriodAsync(new AccessPeriod(backing, record.GrantedHostNqn)); // nobody uses it yet
    }

    private Backing OpenChecked(Namespace one)
    {
        var backing = Backing.Open(one.BackingPath, createWith: null);
        var length = backing.Length;
        var resizingTo = _records.Subsystems.SelectMany(s => s.Namespaces).FirstOrDefault(n => n.Uuid == one.Uuid)?.ResizingTo;
        try
        {
            if (resizingTo is { } size && (length == size || length == one.CapacityBytes))
            {
                Resize(one, backing, size); // a crash had broken it off
                return backing;
            }

            if (length == one.CapacityBytes)
            {
                return backing;
            }
        }
        catch
        {
            backing.Dispose();
            throw;
        }

        backing.Dispose();
        throw new TargetException("target.backing-resized",
            $"The backing file {one.BackingPath} has {length} bytes, but namespace {one.Uuid} has {one.CapacityBytes}.",
            "Put the right file back, or delete the namespace.");
    }

    private async Task PutOnlineAsync((Subsystem Subsystem, Namespace Namespace) found, Backing backing)
    {
        var (subsystem, one) = found;
        one.Problem = null;
        await one.ReplacePeriodAsync(new AccessPeriod(backing, one.GrantedHostNqn));
        subsystem.NamespaceChanged(one);
        LogOnline(one.Uuid, one.Nsid);
    }

    private async Task CloseBackingAsync(Namespace one)
    {
        var backing = one.Period.Backing;
        await one.ReplacePeriodAsync(new AccessPeriod(null, one.GrantedHostNqn));
        if (backing is null)
        {
            return;
        }

        var error = backing.Flush();
        backing.Dispose();
        if (error != 0)
        {
            LogFlushFailed(one.Uuid, error);
            throw new TargetException("target.flush-failed", $"The last flush of namespace {one.Uuid} ({one.BackingPath}) failed with errno {error}.",
                "Check the storage under the directory; verify the disk's content before it is used.");
        }
    }

    /// <summary>A crash between file and record leaves an empty file, with its size or before it got one: that one is taken. Anything else may be somebody's disk.</summary>
    private static bool ThrowUnlessNewOrEmpty(string path, NamespaceSpec spec)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        var length = new FileInfo(path).Length;
        if (length == 0 || (length == spec.CapacityBytes && Posix.AllocatedBytes(path) == 0))
        {
            return true;
        }

        throw new TargetException("target.backing-exists", $"The file {path} exists, and no namespace of this target owns it.",
            "Move the file away if its content matters, else delete it; then create the namespace again.");
    }

    private void ThrowIfNoSpace(Guid uuid, long bytes)
    {
        var free = new DriveInfo(Path.GetFullPath(Directory)).AvailableFreeSpace;
        var promised = _options.Overcommit ? 0 : _subsystems.All.SelectMany(s => s.Namespaces.All).Sum(n => Math.Max(0, n.CapacityBytes - n.AllocatedBytes));
        if (free - promised < bytes)
        {
            throw new TargetException("target.no-space",
                $"Namespace {uuid} needs {bytes} bytes, but {Directory} has {free} free, of which {promised} are promised to other namespaces.",
                "Make room on the file system, delete namespaces that are not needed, or use another directory.");
        }
    }

    private string PathOf(Guid uuid) => Path.Combine(Path.GetFullPath(Directory), $"{uuid:D}.raw");
}
