using Microsoft.Win32.SafeHandles;
using Migrate.Target.Admin;

namespace Migrate.Target.Namespaces;

internal sealed partial class Backing
{
    /// <summary>Opens what is there and holds it against every other program that asks.</summary>
    /// <exception cref="TargetException">Missing, held by others or not usable.</exception>
    public static Backing Open(BackingPlace place, int blockSize, HostTree host)
    {
        var status = Posix.StatusOf(place.Path) ?? throw BackingFault.Of(place.Path, Errno.ENOENT);
        if (!status.IsFile && !status.IsBlockDevice)
        {
            throw BackingFault.OfKind(place.Path);
        }

        // O_EXCL without O_CREAT: the kernel's own claim of a block device, which mounts, arrays and volumes take as well.
        var device = status.IsBlockDevice ? BlockDevice.Find(status.Id, host) : null;
        if (place.DeviceName is not null && place.DeviceName != device?.Name)
        {
            throw BackingFault.OfAnotherDevice(place, device?.Name);
        }

        return Finish(OpenHandle(place, status.IsBlockDevice ? Posix.Exclusive : 0, host), place, blockSize, device, host);
    }

    /// <summary>Makes a file of this length, which must not be there yet, or takes an empty one that is.</summary>
    /// <exception cref="TargetException">There, without room, or not usable; what was made is gone again.</exception>
    public static Backing Create(BackingPlace place, int blockSize, long length, HostTree host)
    {
        var isNew = Posix.StatusOf(place.Path) is null;
        var handle = OpenHandle(place, isNew ? Posix.Create | Posix.Exclusive : 0, host);
        Backing? backing = null;
        try
        {
            backing = Finish(handle, place, blockSize, null, host);
            if (backing.SetLength(length) is not 0 and var error)
            {
                throw BackingFault.Of(place.Path, error);
            }

            Posix.SyncDirectory(Path.GetDirectoryName(place.Path)!);
            return backing;
        }
        catch (TargetException)
        {
            backing?.Dispose();
            if (isNew)
            {
                File.Delete(place.Path);
            }

            throw;
        }
    }

    private static SafeFileHandle OpenHandle(BackingPlace place, int flags, HostTree host)
    {
        var isDevice = Posix.StatusOf(place.Path) is { IsBlockDevice: true };
        flags |= place.Direct ?? isDevice ? Posix.Direct : 0;
        return Posix.Open(place.Path, Posix.ReadWrite | flags, out var error) ?? throw (error switch
        {
            Errno.EBUSY => BackingFault.Locked(place.Path, host),
            Errno.EINVAL when (flags & Posix.Direct) != 0 => BackingFault.OfDirect(place.Path, "its file system has no direct I/O"),
            _ => BackingFault.Of(place.Path, error),
        });
    }

    private static Backing Finish(SafeFileHandle handle, BackingPlace place, int blockSize, BlockDevice? device, HostTree host)
    {
        try
        {
            // What is open counts; the path may have come to mean something else since it was looked at.
            if (Posix.StatusOf(handle) is not { } status || status.IsBlockDevice != device is not null)
            {
                throw BackingFault.OfKind(place.Path);
            }

            // udev waits for whoever holds flock on a block device, for as long as it is held; O_EXCL has claimed those.
            if ((device is null && !Posix.TryLockWhole(handle)) || !Posix.TryLockExclusively(handle))
            {
                throw BackingFault.Locked(place.Path, host);
            }

            var isDirect = place.Direct ?? device is not null;
            var alignment = isDirect ? AlignmentOf(handle, status, device, place) : 1;
            if (Math.Max(alignment, device?.LogicalBlockSize ?? 0) is var least && least > blockSize)
            {
                throw BackingFault.OfBlockSize(place.Path, blockSize, least, device is not null);
            }

            return new Backing(handle)
            {
                IsDirect = isDirect,
                Alignment = alignment,
                IsDevice = device is not null,
                IsPreallocated = place.IsPreallocated,
                Deallocation = DeallocationOf(handle, place, device),
                PreferredBytes = device?.PreferredBytes ?? 4096,
                _length = device is null ? Posix.Length(handle) : 0,
            };
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    // Some file systems take direct I/O and say nothing of it (tmpfs), and older kernels say nothing at all: then the smallest
    // alignment with which a read succeeds is the one.
    private static unsafe int AlignmentOf(SafeFileHandle handle, FileStatus status, BlockDevice? device, BackingPlace place)
    {
        if (status.DirectAlignment > 0)
        {
            return Math.Max(status.DirectAlignment, device?.LogicalBlockSize ?? 0);
        }

        using var buffer = AlignedBuffer.Rent();
        foreach (var alignment in new[] { 512, 4096 })
        {
            if (alignment >= (device?.LogicalBlockSize ?? 0) && Posix.Read(handle, buffer.Start + alignment, alignment, alignment) >= 0)
            {
                return alignment;
            }
        }

        throw BackingFault.OfDirect(place.Path, "direct I/O on it wants an alignment of more than 4096 bytes");
    }

    private static Deallocation DeallocationOf(SafeFileHandle handle, BackingPlace place, BlockDevice? device)
    {
        if (device is null)
        {
            // Behind the end there is nothing to lose, and a file system that knows no holes says so there as well.
            const long far = 1L << 40;
            var isKnown = !place.IsPreallocated
                && Posix.Allocate(handle, Posix.PunchHole | Posix.KeepSize, Math.Max(far, Posix.Length(handle)), 4096) == 0;
            return isKnown ? Deallocation.PunchHole : Deallocation.None;
        }

        // The kernel makes holes in a device with its Write Zeroes. Discard alone does not promise zeroes.
        return device.HasWriteZeroes ? Deallocation.PunchHole : device.HasDiscard ? Deallocation.Discard : Deallocation.None;
    }
}
