using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;

namespace Migrate.Target.Commands;

/// <summary>Write (NVM Command Set 1.0, 3.2.6) that met a guard over its blocks when its data was there.</summary>
internal sealed class WriteCommand : StorageCommand
{
    public static readonly WriteCommand Instance = new();

    public override ushort Check(in SubmissionEntry entry, Namespace one, out CommandShape shape)
    {
        shape = default;
        return NvmeStatus.Success; // its fields are through
    }

    public override ushort Execute(IoCommand command, Backing backing) => Write(command, backing);

    public static ushort Write(IoCommand command, Backing backing)
    {
        var error = backing.Write(command.Data, BlockRange.Of(command.Entry, command.Namespace).Offset);
        return error != 0 ? command.Failed(error, NvmeStatus.WriteFault)
            : command.IsForced ? FlushCommand.Flush(command, backing)
            : NvmeStatus.Success;
    }
}
