using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;

namespace Migrate.Target.Admin;

// The files behind the namespaces: opening, checking, closing.
public sealed partial class NvmeTarget
{
    // One disk that is missing must not keep the others' machines from running: it stays offline and says why.
    private void OpenBackings()
    {
        var conflicts = _backings.Conflicts();
        foreach (var record in _records.Subsystems.SelectMany(s => s.Namespaces))
        {
            var (_, one) = Need(record.Uuid);
            Backing? backing = null;
            try
            {
                backing = record.Online ? OpenChecked(one, conflicts) : null;
            }
            catch (TargetException e)
            {
                one.Problem = e;
                LogBackingProblem(one.Uuid, one.Nsid, e.Message, e.Remedy);
            }

            _ = one.ChangeRuleAsync(r => r with { Backing = backing, GrantedHostNqn = record.GrantedHostNqn }); // nobody uses it yet
        }
    }

    /// <param name="one">The namespace.</param>
    /// <param name="conflicts">What was seen when several are opened one after the other; null to look now.</param>
    private Backing OpenChecked(Namespace one, StorageConflicts? conflicts = null)
    {
        var resizingTo = _records.Subsystems.SelectMany(s => s.Namespaces).FirstOrDefault(n => n.Uuid == one.Uuid)?.ResizingTo;
        var backing = _backings.Open(one, Math.Min(one.CapacityBytes, resizingTo ?? long.MaxValue), conflicts ?? _backings.Conflicts());
        try
        {
            if (resizingTo is { } size)
            {
                Resize(one, backing, size); // a crash had broken it off
            }

            return backing;
        }
        catch
        {
            backing.Dispose();
            throw;
        }
    }

    private async Task PutOnlineAsync((Subsystem Subsystem, Namespace Namespace) found, Backing backing)
    {
        var (subsystem, one) = found;
        one.Problem = null;
        await one.ChangeRuleAsync(r => r with { Backing = backing });
        subsystem.NamespaceChanged(one);
        LogOnline(one.Uuid, one.Nsid);
    }

    private async Task CloseBackingAsync(Namespace one)
    {
        var backing = one.Period.Backing;
        await one.ChangeRuleAsync(r => r with { Backing = null });
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
}
