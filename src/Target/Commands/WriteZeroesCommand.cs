using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;

namespace Migrate.Target.Commands;

/// <summary>Write Zeroes (NVM Command Set 1.0, 3.2.8). Blocks are given back where the storage can, whether or not the host asked: they read as zeroes.</summary>
internal sealed class WriteZeroesCommand : StorageCommand
{
    public static readonly WriteZeroesCommand Instance = new();

    public override ushort Check(in SubmissionEntry entry, Namespace one, out CommandShape shape)
    {
        shape = default;
        return BlockRange.Check(entry, one, SubsystemLimits.MaxWriteZeroesBytes, out _);
    }

    public override ushort Execute(IoCommand command, Backing backing)
    {
        var range = BlockRange.Of(command.Entry, command.Namespace);
        var error = backing.WriteZeroes(range.Offset, range.Length);
        return error != 0 ? command.Failed(error, NvmeStatus.WriteFault)
            : command.IsForced ? FlushCommand.Flush(command, backing)
            : NvmeStatus.Success;
    }
}
