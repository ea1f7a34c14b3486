using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;

namespace Migrate.Target.Commands;

/// <summary>
/// Compare and Write (NVM Command Set 1.0, 2.1.4.4), fused: this command is the Write, its partner the Compare. Between the two
/// nobody else gets at the blocks: a guard over them keeps newcomers away, and it is in force before the last command that did
/// not see it has left the namespace's storage.
/// </summary>
internal sealed class CompareAndWriteCommand : StorageCommand
{
    public static readonly CompareAndWriteCommand Instance = new();

    public override ushort Check(in SubmissionEntry entry, Namespace one, out CommandShape shape)
    {
        var status = BlockRange.Check(entry, one, SubsystemLimits.MaxTransferBytes, out var range);
        shape = status == NvmeStatus.Success ? new CommandShape((int)range.Length, 0) : default;
        return status == NvmeStatus.Success && range.Length >> one.BlockShift > SubsystemLimits.AtomicCompareBlocks
            ? (ushort)(NvmeStatus.AtomicWriteUnitExceeded | NvmeStatus.DoNotRetry)
            : status;
    }

    public override Task? Prepare(IoCommand command)
    {
        if (command.Guard is not null)
        {
            return null; // the old rule's commands have left
        }

        var range = BlockRange.Of(command.Entry, command.Namespace);
        var guard = new RangeGuard(range.Offset, range.Length);
        if (command.Namespace.TryGuard(guard, out var ready))
        {
            command.Guard = guard;
        }

        return command.Guard is not null && ready.IsCompleted ? null : ready;
    }

    public override ushort Execute(IoCommand command, Backing backing)
    {
        var compare = command.Partner!;
        compare.Status = CompareCommand.Compare(compare, backing);
        return compare.Status == NvmeStatus.Success ? WriteCommand.Write(command, backing) : NvmeStatus.FailedFused;
    }

    public override void Done(IoCommand command)
    {
        command.Namespace.EndGuard(command.Guard!);
        command.Guard = null;
    }
}
