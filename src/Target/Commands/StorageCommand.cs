using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Reservations;

namespace Migrate.Target.Commands;

/// <summary>
/// A command of an I/O queue that a worker executes, so that it may take its time. Its two halves: the fields are checked
/// when the command comes, before its data is asked for; the rest is done when the data is there.
/// One instance serves all connections at once.
/// </summary>
internal abstract class StorageCommand
{
    /// <summary>Which opcodes there are beside Read and Write; null for those that the target does not know.</summary>
    public static StorageCommand? Of(byte opcode) => opcode switch
    {
        NvmOpcode.Flush => FlushCommand.Instance,
        NvmOpcode.WriteZeroes => WriteZeroesCommand.Instance,
        NvmOpcode.DatasetManagement => DatasetManagementCommand.Instance,
        NvmOpcode.Compare => CompareCommand.Instance,
        NvmOpcode.Verify => VerifyCommand.Instance,
        NvmOpcode.Copy => CopyCommand.Instance,
        NvmOpcode.ReservationRegister => ReservationCommand.Register,
        NvmOpcode.ReservationReport => ReservationReportCommand.Instance,
        NvmOpcode.ReservationAcquire => ReservationCommand.Acquire,
        NvmOpcode.ReservationRelease => ReservationCommand.Release,
        _ => null,
    };

    /// <summary>What somebody else's reservation may keep it from.</summary>
    public virtual Access Access => Access.Write;

    /// <summary>Checks the fields. Runs on the connection's thread: must not wait.</summary>
    /// <returns>Success, or the status with which the command is answered at once.</returns>
    public abstract ushort Check(in SubmissionEntry entry, Namespace one, out CommandShape shape);

    /// <summary>What must be done before <see cref="Execute"/>; null when nothing. On any thread, not yet admitted to the storage.</summary>
    public virtual Task? Prepare(IoCommand command) => null;

    /// <summary>True when the command touches blocks of another one's guard, or may: it then waits for the guard's end.</summary>
    public virtual bool IsBarredBy(RangeGuard guard, IoCommand command)
    {
        var range = BlockRange.Of(command.Entry, command.Namespace);
        return guard.Covers(range.Offset, range.Length);
    }

    /// <summary>Called once at the end, also when the command was not admitted.</summary>
    public virtual void Done(IoCommand command)
    {
    }

    /// <summary>
    /// Does it, on any thread, admitted to the storage. Data from the host is in <see cref="IoCommand.Data"/>; data for the
    /// host goes to <see cref="IoCommand.Buffer"/>.
    /// </summary>
    public abstract ushort Execute(IoCommand command, Backing backing);
}

/// <summary>What a command moves between host and target; at most one of the two.</summary>
/// <param name="FromHost">Bytes that the host must send.</param>
/// <param name="ToHost">Bytes that the host gets when the command succeeds.</param>
internal readonly record struct CommandShape(int FromHost, int ToHost);
