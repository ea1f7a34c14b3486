using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;

namespace Migrate.Target.Commands;

/// <summary>Flush (NVM Command Set 1.0, 3.2.1 and Base 2.0, 7.1): what was answered before is on stable media afterwards.</summary>
internal sealed class FlushCommand : StorageCommand
{
    public static readonly FlushCommand Instance = new();

    public override ushort Check(in SubmissionEntry entry, Namespace one, out CommandShape shape)
    {
        shape = default;
        return NvmeStatus.Success;
    }

    public override bool IsBarredBy(RangeGuard guard, IoCommand command) => false; // what is not answered yet is not its affair

    public override ushort Execute(IoCommand command, Backing backing) => Flush(command, backing);

    public static ushort Flush(IoCommand command, Backing backing) =>
        backing.Flush() is var error and not 0 ? command.Failed(error, NvmeStatus.WriteFault) : NvmeStatus.Success;
}
