using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Reservations;

namespace Migrate.Target.Commands;

/// <summary>Compare (NVM Command Set 1.0, 3.2.1): whether the blocks hold what the host sent.</summary>
internal sealed class CompareCommand : StorageCommand
{
    public static readonly CompareCommand Instance = new();

    public override Access Access => Access.Read;

    public override ushort Check(in SubmissionEntry entry, Namespace one, out CommandShape shape)
    {
        var status = BlockRange.Check(entry, one, SubsystemLimits.MaxTransferBytes, out var range);
        shape = status == NvmeStatus.Success ? new CommandShape((int)range.Length, 0) : default;
        return status;
    }

    public override ushort Execute(IoCommand command, Backing backing)
    {
        if (command.IsForced && backing.Flush() is var failed and not 0)
        {
            return command.Failed(failed, NvmeStatus.WriteFault); // forced: what is compared is on stable media
        }

        return Compare(command, backing);
    }

    public static unsafe ushort Compare(IoCommand command, Backing backing)
    {
        using var buffer = AlignedBuffer.Rent();
        var stored = new Span<byte>(buffer.Start, command.Length);
        var error = backing.Read(stored, BlockRange.Of(command.Entry, command.Namespace).Offset);
        return error != 0 ? command.Failed(error, NvmeStatus.UnrecoveredReadError)
            : stored.SequenceEqual(command.Data) ? NvmeStatus.Success
            : (ushort)(NvmeStatus.CompareFailure | NvmeStatus.DoNotRetry);
    }
}
