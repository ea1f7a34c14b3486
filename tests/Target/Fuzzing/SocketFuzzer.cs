using System.Net.Sockets;
using Migrate.Target.Protocol;

namespace Migrate.Target.Tests.Fuzzing;

/// <summary>
/// Layer two: hostile hosts on real connections, many at once. Beside wrong PDUs these attack what lies below them: time,
/// buffers, the number of connections.
/// </summary>
internal sealed class SocketFuzzer(FuzzTarget target, int seed)
{
    private const int InCapsuleBytes = 16 * 1024;

    private long _attacks;
    private long _connections;
    private long _pdus;

    public long Attacks => Interlocked.Read(ref _attacks);

    public long Connections => Interlocked.Read(ref _connections);

    /// <summary>PDUs sent, of which about every second was changed or is out of order.</summary>
    public long Pdus => Interlocked.Read(ref _pdus);

    /// <summary>Attacks from several threads until cancelled.</summary>
    public Task RunAsync(int attackers, CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, attackers).Select(attacker =>
        Task.Factory.StartNew(() => Attack(attacker, stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

    /// <summary>Opens so many connections, some of which say something, and leaves them all in one of three ways.</summary>
    public void Flood(int connections, Random random)
    {
        var all = new List<Socket>();
        try
        {
            for (var i = 0; i < connections; i++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                all.Add(socket);
                socket.Connect(target.Target.EndPoint);
                Interlocked.Increment(ref _connections);
                if (random.Next(3) == 0)
                {
                    socket.Send(PduForge.IcReq(false, false, 0).AsSpan(0, random.Next(1, 129)));
                }
            }
        }
        catch (SocketException)
        {
            // The target takes no more, as it may.
        }
        finally
        {
            foreach (var socket in all)
            {
                if (random.Next(2) == 0)
                {
                    socket.LingerState = new LingerOption(enable: true, seconds: 0); // closes with a reset
                }

                socket.Dispose();
            }
        }
    }

    private void Attack(int attacker, CancellationToken stop)
    {
        var random = new Random((seed * 1000) + attacker);
        while (!stop.IsCancellationRequested)
        {
            using var host = new SocketHost(target.Target.EndPoint, InCapsuleBytes);
            Interlocked.Increment(ref _connections);
            try
            {
                Attack(host, random, stop);
            }
            catch (FormatException e)
            {
                throw new FuzzFailure(seed, attacker, e.Message, host.Sent, e);
            }
            catch (SocketException)
            {
                // The target has closed, as it may on a host like this one.
            }

            Interlocked.Increment(ref _attacks);
        }
    }

    private void Attack(SocketHost host, Random random, CancellationToken stop)
    {
        var forge = new PduForge(random, host.State);
        switch (random.Next(150))
        {
            case 0:
                Drip(host, [.. PduForge.IcReq(false, false, 0), .. forge.Enable()], TimeSpan.FromMilliseconds(50), stop);
                break;
            case 1:
                stop.WaitHandle.WaitOne(random.Next(1000)); // half open: says nothing
                break;
            case 2:
                Flood(random.Next(50, 200), random);
                break;
            case 3:
                ReadNothing(host, forge, stop);
                break;
            case < 12:
                host.Send(forge.Bytes(random.Next(1, 500)));
                host.Socket.Shutdown(SocketShutdown.Send);
                break;
            default:
                Use(host, forge, random);
                break;
        }
    }

    private void Use(SocketHost host, PduForge forge, Random random)
    {
        var isAdmin = random.Next(3) == 0;
        using var admin = new SocketHost(target.Target.EndPoint, InCapsuleBytes);
        if (!Begin(isAdmin ? host : admin, isAdmin ? forge : new PduForge(random, admin.State), random) || (!isAdmin && !BeginIo(host, forge, admin.State.ControllerId, random)))
        {
            return;
        }

        for (var i = 0; i < 60; i++)
        {
            var pdu = !isAdmin && random.Next(3) == 0 && host.State.Transfers.Count > 0 ? forge.Data() : isAdmin ? forge.AdminCommand((ushort)i) : forge.IoCommand((ushort)i);
            Interlocked.Increment(ref _pdus);
            if (!host.Send(random.Next(12) == 0 ? Mutation.Of(pdu, forge.Layout, random) : pdu))
            {
                break;
            }
        }

        if (random.Next(4) != 0)
        {
            host.Settle();
        }
    }

    private bool Begin(SocketHost host, PduForge forge, Random random)
    {
        host.Send(PduForge.IcReq(random.Next(4) == 0, random.Next(4) == 0, 0));
        return Until(host, () => host.State.IsInitialized)
            && host.Send(forge.Connect(target.Target.SubsystemNqn, FuzzTarget.AttackerNqn, 0, ConnectData.Dynamic, 32, random.Next(4) == 0))
            && Until(host, () => host.State.QueueId is not null)
            && host.Send(forge.Enable())
            && Until(host, () => host.State.Pending == 0);
    }

    private bool BeginIo(SocketHost host, PduForge forge, ushort controller, Random random)
    {
        host.Send(PduForge.IcReq(random.Next(4) == 0, random.Next(4) == 0, 0));
        return Until(host, () => host.State.IsInitialized)
            && host.Send(forge.Connect(target.Target.SubsystemNqn, FuzzTarget.AttackerNqn, 1, controller, 128, random.Next(4) == 0))
            && Until(host, () => host.State.QueueId is not null);
    }

    private static bool Until(SocketHost host, Func<bool> isSo)
    {
        while (!isSo())
        {
            if (!host.Receive())
            {
                return false;
            }
        }

        return true;
    }

    private static void Drip(SocketHost host, byte[] bytes, TimeSpan pause, CancellationToken stop)
    {
        for (var i = 0; i < bytes.Length && !stop.WaitHandle.WaitOne(pause) && host.Send(bytes.AsSpan(i, 1)); i++)
        {
        }
    }

    // Reads of 256 KiB whose data nobody takes: the target's send buffers fill, and with them whatever it has behind them.
    private void ReadNothing(SocketHost host, PduForge forge, CancellationToken stop)
    {
        var random = new Random(seed);
        using var admin = new SocketHost(target.Target.EndPoint, InCapsuleBytes);
        if (!Begin(admin, new PduForge(random, admin.State), random) || !BeginIo(host, forge, admin.State.ControllerId, random))
        {
            return;
        }

        host.Socket.SendTimeout = 200;
        for (var i = 0; i < 100; i++)
        {
            host.Socket.Send(forge.Read((ushort)i, 1, 256 * 1024));
        }

        stop.WaitHandle.WaitOne(random.Next(2000));
    }
}
