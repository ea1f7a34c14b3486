using System.Runtime.InteropServices;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Reservations;
using Migrate.Target.Transport;

namespace Migrate.Target.Controllers;

// Commands that the storage has: from being handed over to their answer. A fence that falls meanwhile waits for them, because
// they are inside the period that admitted them.
internal sealed unsafe partial class QueuePairSession
{
    /// <summary>Answers with less data than this are copied to where the others are: one send for many.</summary>
    private const int CopiedAnswerBytes = 8 * 1024;

    private readonly List<IoCommand> _commands = [];
    private readonly Stack<IoCommand> _freeCommands = new();
    private long _storingBytes;
    private int _storing;
    private bool _isClosed;

    /// <summary>More commands are not looked at while the storage has this much of the connection's.</summary>
    public bool CanConsume => _storingBytes <= _subsystems.Limits.ConnectionBytes;

    private IoCommand Take(in SubmissionEntry entry, Namespace one)
    {
        if (!_freeCommands.TryPop(out var command))
        {
            if (_commands.Count == _queuePair!.QueueEntries)
            {
                throw new PduFault(FatalErrorStatus.SequenceError, 0, "more commands than the queue has entries");
            }

            command = new IoCommand(this, (ushort)_commands.Count);
            _commands.Add(command);
        }

        command.Begin(entry, one);
        command.Began = _batchBegan;
        return command;
    }

    /// <summary>Inside a period, which is left when the host has no right to a further command: nobody else would leave it.</summary>
    private IoCommand Take(in SubmissionEntry entry, Namespace one, AccessPeriod period)
    {
        try
        {
            return Take(entry, one);
        }
        catch (PduFault)
        {
            period.Exit(_storage.Stripe);
            throw;
        }
    }

    private void BeginTransfer(IoCommand command, Backing backing, bool isWrite)
    {
        command.Transfer = new StorageTransfer
        {
            Backing = backing,
            Memory = command.Buffer.Memory,
            Length = command.Length,
            Offset = command.Offset,
            IsWrite = isWrite,
        };
        Store(command);
        _storage.Transfer(command);
    }

    private void BeginExecute(IoCommand command)
    {
        Store(command);
        _storage.Execute(command);
    }

    private void Store(IoCommand command)
    {
        command.Phase = IoPhase.Storing;
        _storing++;
        _storingBytes += command.Buffer.Size;
    }

    /// <summary>All data of a command is there.</summary>
    private void Execute(IoCommand command, bool isOnLoop)
    {
        if (command.Half != FusedHalf.None)
        {
            HalfIsThere(command);
            return;
        }

        if (command.Command is not null)
        {
            BeginExecute(command);
            return;
        }

        command.Status = TryEnter(command, _storage.Stripe, out var period);
        if (command.Status != NvmeStatus.Success)
        {
            Finish(command);
            return;
        }

        if (period.Bars(command.Offset, command.Length))
        {
            period.Exit(_storage.Stripe);
            command.Command = Commands.WriteCommand.Instance; // a worker comes back when the blocks are free
            BeginExecute(command);
            return;
        }

        var backing = period.Backing!;
        if (isOnLoop && WriteInline(backing, command.Data, command.Offset) is var error and not Errno.EAGAIN)
        {
            period.Exit(_storage.Stripe);
            Written(command, error);
            return;
        }

        command.Period = period;
        BeginTransfer(command, backing, isWrite: true);
    }

    private void Written(IoCommand command, int error)
    {
        command.Status = error == 0 ? NvmeStatus.Success : StorageStatus(command.Namespace, error, NvmeStatus.WriteFault);
        if (error == 0 && command.IsForced)
        {
            command.Command = Commands.FlushCommand.Instance;
            BeginExecute(command);
            return;
        }

        Finish(command);
    }

    /// <summary>By a worker. Null when it is done, or what must be done before the next call.</summary>
    public Task? Execute(IoCommand command)
    {
        var what = command.Command!;
        if (what.Prepare(command) is { } unprepared)
        {
            return unprepared;
        }

        var status = TryEnter(command, command.Tag, out var period);
        if (status == NvmeStatus.Success)
        {
            if (period.Guard is { } guard && guard != command.Guard && what.IsBarredBy(guard, command))
            {
                period.Exit(command.Tag);
                return guard.Ended;
            }

            status = Execute(command, what, period.Backing!);
            period.Exit(command.Tag);
        }

        command.Status = status;
        what.Done(command);
        return null;
    }

    private ushort Execute(IoCommand command, Commands.StorageCommand what, Backing backing)
    {
        try
        {
            return what.Execute(command, backing);
        }
        catch (Exception e)
        {
            // A defect costs this command, not the process with everybody else's.
            LogCommandDefect(e, command.Entry.Opcode, HostNqn);
            return NvmeStatus.InternalError | NvmeStatus.DoNotRetry;
        }
    }

    // The access state is looked at inside of the period: whoever changes it then waits for the end of the periods before, and
    // knows that nothing of this port is under way any more.
    private ushort TryEnter(Namespace one, Access access, int stripe, out AccessPeriod period)
    {
        var status = one.TryEnter(_queuePair!.Controller.Host, access, stripe, out period);
        if (status == NvmeStatus.Success && _ana.StatusOf(one) is not NvmeStatus.Success and var refused)
        {
            period.Exit(stripe);
            return refused;
        }

        return status;
    }

    // An absence of the namespace, even when it is back, ends what began before: a domain may have written in between, and must
    // not find older data over its own.
    private ushort TryEnter(IoCommand command, int stripe, out AccessPeriod period)
    {
        var status = TryEnter(command.Namespace, command.Command?.Access ?? Access.Write, stripe, out period);
        if (status == NvmeStatus.Success && command.Since is not null && command.Since != period.Backing)
        {
            period.Exit(stripe);
            return NvmeStatus.InvalidNamespace | NvmeStatus.DoNotRetry;
        }

        return status;
    }

    public void Completed(StorageJob job)
    {
        var command = (IoCommand)job;
        _storing--;
        _storingBytes -= command.Buffer.Size;
        command.Period?.Exit(_storage.Stripe);
        if (_isClosed)
        {
            FreeWithPartner(command);
            LeaveController();
            return;
        }

        if (command.Command is not null && command.Error != 0)
        {
            command.Status = NvmeStatus.InternalError; // the worker met a defect on the way
        }

        if (command.Half != FusedHalf.None)
        {
            FinishBoth(command);
        }
        else if (command.Command is not null)
        {
            FinishWithData(command);
        }
        else if (command.Transfer.IsWrite)
        {
            command.Period = null;
            Written(command, command.Error);
        }
        else
        {
            command.Status = command.Error == 0 ? NvmeStatus.Success
                : StorageStatus(command.Namespace, command.Error, NvmeStatus.UnrecoveredReadError);
            FinishWithData(command);
        }
    }

    private void FinishWithData(IoCommand command)
    {
        var sendsData = command.Status == NvmeStatus.Success && command.Length > 0 && command.Received == 0;
        if (sendsData && SendData(command.Entry.CommandId, command.Data, result: 0))
        {
            End(command);
            return;
        }

        Finish(command);
    }

    private void Finish(IoCommand command)
    {
        Respond(command.Entry, command.Status, command.Result);
        End(command);
    }

    private void End(IoCommand command)
    {
        var bytes = command.MovedBytes > 0 ? command.MovedBytes : command.Length;
        Record(command.Namespace, command.Entry.Opcode, bytes, command.Began, command.Status);
        Free(command);
        EndIfDrained();
    }

    private void Free(IoCommand command)
    {
        if (command.Buffer.Exists)
        {
            _storage.Buffers.Return(command.Buffer);
            command.Buffer = default;
        }

        command.Phase = IoPhase.Free;
        command.Period = null;
        command.Since = null;
        command.Partner = null;
        _freeCommands.Push(command);
    }

    /// <summary>What the storage has comes back later; what waited for the host is over.</summary>
    private void FreeCommands()
    {
        _isClosed = true;
        foreach (var command in CollectionsMarshal.AsSpan(_commands))
        {
            if (command.Phase is IoPhase.Waiting or IoPhase.Receiving or IoPhase.Fusing)
            {
                Free(command);
            }
        }
    }
}
