using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Reservations;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Commands;

/// <summary>
/// Reservation Register, Acquire and Release: what <see cref="ReservationRules"/> make of the namespace's state. Answered when the
/// new state is kept and no command is under way any more that only the old one admitted, so that Preempt and Abort needs no
/// aborting, and plain Preempt is as safe.
/// </summary>
internal sealed class ReservationCommand(int dataLength, ReservationCommand.Rule rule) : StorageCommand
{
    public static readonly ReservationCommand Register = new(16, (now, host, cdw10, data) =>
        ReservationRules.OfRegister(now, host, cdw10, ReadUInt64LittleEndian(data), ReadUInt64LittleEndian(data[8..])));

    public static readonly ReservationCommand Acquire = new(16, (now, host, cdw10, data) =>
        ReservationRules.OfAcquire(now, host, cdw10, ReadUInt64LittleEndian(data), ReadUInt64LittleEndian(data[8..])));

    public static readonly ReservationCommand Release = new(8, (now, host, cdw10, data) =>
        ReservationRules.OfRelease(now, host, cdw10, ReadUInt64LittleEndian(data)));

    internal delegate ReservationOutcome Rule(ReservationState now, Guid host, uint cdw10, ReadOnlySpan<byte> data);

    public override Access Access => Access.None;

    public override ushort Check(in SubmissionEntry entry, Namespace one, out CommandShape shape)
    {
        shape = new CommandShape(dataLength, 0);
        return NvmeStatus.Success;
    }

    // Waits for the end of the access period in which it made the change, so it must have left that.
    public override Task? Prepare(IoCommand command)
    {
        if (command.Outcome is not null)
        {
            return null;
        }

        command.Outcome = command.Reserve(now => rule(now, command.Host.Id, command.Entry.Cdw10, command.Data), out var inForce);
        return inForce.IsCompleted ? null : inForce;
    }

    public override bool IsBarredBy(RangeGuard guard, IoCommand command) => false;

    public override ushort Execute(IoCommand command, Backing backing) => command.Outcome!.Value;
}
