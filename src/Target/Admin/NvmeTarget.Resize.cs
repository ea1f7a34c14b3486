using System.Runtime.InteropServices;
using Migrate.Target.Namespaces;

namespace Migrate.Target.Admin;

public sealed partial class NvmeTarget
{
    /// <summary>
    /// Gives the namespace another size. Growing works while hosts use it: they are told, and see the new size. Shrinking
    /// loses what lies behind the new end, so it needs an offline namespace and <paramref name="allowDataLoss"/>.
    /// </summary>
    /// <param name="uuid">The namespace.</param>
    /// <param name="capacityBytes">The new size, a multiple of its block size.</param>
    /// <param name="allowDataLoss">True to shrink.</param>
    /// <param name="cancellationToken">Gives up before the change begins.</param>
    /// <exception cref="TargetException">
    /// <c>target.no-such-namespace</c>, <c>target.invalid-namespace</c>, <c>target.shrink-refused</c>, <c>target.no-space</c>,
    /// <c>target.resize-failed</c>, or a <c>target.backing-…</c> code.
    /// </exception>
    public async Task<NamespaceInfo> ResizeNamespaceAsync(Guid uuid, long capacityBytes, bool allowDataLoss, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken);
        var found = Need(uuid);
        var (subsystem, one) = found;
        BackingCheck.ThrowIfNoCapacity(one, capacityBytes);
        if (capacityBytes == one.CapacityBytes)
        {
            return InfoOf(found);
        }

        if (capacityBytes < one.CapacityBytes && (one.Online || !allowDataLoss))
        {
            throw new TargetException("target.shrink-refused",
                $"Namespace {uuid} has {one.CapacityBytes} bytes; with {capacityBytes} it would lose what lies behind{(one.Online ? ", and hosts are using it" : "")}.",
                "Make the file system in it smaller, take the namespace offline, and say that data may be lost.");
        }

        if (capacityBytes > one.CapacityBytes)
        {
            _backings.ThrowIfNoSpace(one, capacityBytes);
        }

        var online = one.Period.Backing;
        var backing = online ?? OpenChecked(one);
        try
        {
            // The intention goes first: a crash leaves a file with the old or the new size, and either is known then.
            Update(one, r => r with { ResizingTo = capacityBytes });
            Resize(one, backing, capacityBytes);
        }
        finally
        {
            if (online is null)
            {
                backing.Dispose();
            }
        }

        if (one.Online)
        {
            subsystem.NamespaceChanged(one);
        }

        LogResized(uuid, capacityBytes);
        return InfoOf(found);
    }

    private void Resize(Namespace one, Backing backing, long capacityBytes)
    {
        var error = backing.Length == capacityBytes ? 0 : backing.SetLength(capacityBytes);
        if (error != 0)
        {
            Update(one, r => r with { ResizingTo = null });
            throw new TargetException("target.resize-failed",
                $"{one.BackingPath} cannot get {capacityBytes} bytes: {Marshal.GetPInvokeErrorMessage(error)}.", "Check the storage under it, and repeat.");
        }

        Update(one, r => r with { CapacityBytes = capacityBytes, ResizingTo = null });
        one.CapacityBytes = capacityBytes; // last: no host may read behind the end of the file
    }
}
