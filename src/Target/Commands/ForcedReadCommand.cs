using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;

namespace Migrate.Target.Commands;

/// <summary>Read with Force Unit Access: what is read is on stable media first (NVM Command Set 1.0, 3.2.4).</summary>
internal sealed class ForcedReadCommand : StorageCommand
{
    public static readonly ForcedReadCommand Instance = new();

    public override ushort Check(in SubmissionEntry entry, Namespace one, out CommandShape shape)
    {
        shape = new CommandShape(0, (int)BlockRange.Of(entry, one).Length);
        return NvmeStatus.Success; // its fields are those of every Read, which are through
    }

    public override ushort Execute(IoCommand command, Backing backing)
    {
        var range = BlockRange.Of(command.Entry, command.Namespace);
        var error = backing.Flush();
        error = error != 0 ? error : backing.Read(command.Buffer.Span(command.Length), range.Offset);
        return error == 0 ? NvmeStatus.Success : command.Failed(error, NvmeStatus.UnrecoveredReadError);
    }
}
