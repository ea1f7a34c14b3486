using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Reservations;

namespace Migrate.Target.Commands;

/// <summary>
/// Read that has to wait for more than its blocks: for a guard over them, or with Force Unit Access for everything written
/// before, as what is read must be on stable media first (NVM Command Set 1.0, 3.2.4).
/// </summary>
internal sealed class ReadCommand : StorageCommand
{
    public static readonly ReadCommand Instance = new();

    private const uint ForceUnitAccess = 1 << 30;

    public override Access Access => Access.Read;

    public override ushort Check(in SubmissionEntry entry, Namespace one, out CommandShape shape)
    {
        shape = new CommandShape(0, (int)BlockRange.Of(entry, one).Length);
        return NvmeStatus.Success; // its fields are those of every Read, which are through
    }

    public override ushort Execute(IoCommand command, Backing backing)
    {
        var range = BlockRange.Of(command.Entry, command.Namespace);
        var error = (command.Entry.Cdw12 & ForceUnitAccess) != 0 ? backing.Flush() : 0;
        error = error != 0 ? error : backing.Read(command.Buffer.Span(command.Length), range.Offset);
        return error == 0 ? NvmeStatus.Success : command.Failed(error, NvmeStatus.UnrecoveredReadError);
    }
}
