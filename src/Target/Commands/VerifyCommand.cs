using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Reservations;

namespace Migrate.Target.Commands;

/// <summary>
/// Verify (NVM Command Set 1.0, 3.2.5): reads the blocks for nobody. With Force Unit Access they come from stable media and
/// not from the page cache, as far as the storage lets go of its cache.
/// </summary>
internal sealed class VerifyCommand : StorageCommand
{
    public static readonly VerifyCommand Instance = new();

    private const uint ForceUnitAccess = 1 << 30;

    public override Access Access => Access.Read;

    public override ushort Check(in SubmissionEntry entry, Namespace one, out CommandShape shape)
    {
        shape = default;
        return BlockRange.Check(entry, one, SubsystemLimits.MaxVerifyBytes, out _);
    }

    public override unsafe ushort Execute(IoCommand command, Backing backing)
    {
        var range = BlockRange.Of(command.Entry, command.Namespace);
        var error = 0;
        if ((command.Entry.Cdw12 & ForceUnitAccess) != 0)
        {
            error = backing.Flush();
            Posix.DropCache(backing.Handle, range.Offset, range.Length);
        }

        using var buffer = AlignedBuffer.Rent();
        for (long done = 0; done < range.Length && error == 0; done += AlignedBuffer.Bytes)
        {
            var length = (int)Math.Min(AlignedBuffer.Bytes, range.Length - done);
            error = backing.Read(new Span<byte>(buffer.Start, length), range.Offset + done);
        }

        return error == 0 ? NvmeStatus.Success : command.Failed(error, NvmeStatus.UnrecoveredReadError);
    }
}
