using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Controllers;

/// <summary>
/// Random bytes and mutated PDUs at every stage of a connection, from a host that may touch one namespace, beside a host that
/// may touch another: no defect, no thread that stays, no byte of the other changed. The seed is in the message of a failure.
/// </summary>
public sealed class FuzzTests
{
    private const int ConnectionsPerSeed = 60;
    private const int Capacity = 1 << 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Whatever_a_host_sends_the_target_and_the_other_hosts_stay_well(int seed)
    {
        var log = new LogOfErrors();
        using var loggers = LoggerFactory.Create(b => b.AddProvider(log));
        await using var target = await RunningTarget.StartAsync(loggers: loggers);
        var open = await target.CreateAsync(Capacity);
        var fenced = await target.CreateAsync(Capacity);
        var coming = await target.CreateAsync(Capacity);
        await target.Target.GrantAsync(fenced.Uuid, RunningTarget.HostNqn, Cancel);
        await using var host = await target.ConnectAsync();
        var disk = await host.OpenAsync(fenced.Uuid, Cancel);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var healthy = UseAsync();
        var events = ComeAndGoAsync();

        await Task.Run(() =>
        {
            var random = new Random(seed);
            for (var i = 0; i < ConnectionsPerSeed; i++)
            {
                Attack(target, random).ShouldBeTrue($"seed {seed}, connection {i}: the target keeps a connection whose host has left");
            }
        }, Cancel);

        await stop.CancelAsync();
        await healthy;
        await events;
        await host.DisposeAsync();
        await target.Target.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancel); // every connection's thread has left
        log.Errors.ShouldBeEmpty($"seed {seed}");

        async Task UseAsync()
        {
            var random = new Random(seed);
            var model = new byte[Capacity];
            random.NextBytes(model);
            await disk.WriteAsync(0, model, Cancel);
            while (!stop.IsCancellationRequested)
            {
                var at = random.Next(Capacity / 512) * 512;
                var length = random.Next(1, (Capacity - at) / 512 + 1) * 512;
                random.NextBytes(model.AsSpan(at, length));
                await disk.WriteAsync(at, model.AsMemory(at, length), Cancel);
                var read = new byte[Capacity];
                await disk.ReadAsync(0, read, Cancel);
                read.AsSpan().SequenceEqual(model).ShouldBeTrue($"seed {seed}: a stranger changed the data");
            }
        }

        // Namespace notices reach admin connections from another thread, also while they are ending.
        async Task ComeAndGoAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                await target.Target.TakeOfflineAsync(coming.Uuid, Cancel);
                await target.Target.BringOnlineAsync(coming.Uuid, Cancel);
                await Task.Yield();
            }
        }
    }

    private static bool Attack(RunningTarget target, Random random)
    {
        try
        {
            switch (random.Next(4))
            {
                case 0:
                    using (var host = new ScriptedHost(target.Target.EndPoint))
                    {
                        return Send(host, [RandomBytes(random, 400)]);
                    }

                case 1:
                    using (var host = new ScriptedHost(target.Target.EndPoint))
                    {
                        var pdu = new byte[IcReq.Size];
                        new IcReq(0, 0, random.Next(2) == 0, random.Next(2) == 0, 0).Write(pdu);
                        return Send(host, [Mutate(pdu, random), RandomBytes(random, 200)]);
                    }

                case 2:
                    using (var host = new ScriptedHost(target.Target.EndPoint))
                    {
                        host.Initialize(headerDigest: random.Next(4) == 0);
                        host.Connect(target.Target.SubsystemNqn, hostNqn: RunningTarget.OtherHostNqn);
                        host.Enable();
                        var wantsEvents = ScriptedHost.Entry(AdminOpcode.SetFeatures, 1, 0);
                        wantsEvents[40] = 0x0B;
                        wantsEvents[45] = 1;
                        host.SendCapsule(wantsEvents, default);
                        host.SendCapsule(ScriptedHost.Entry(AdminOpcode.AsyncEventRequest, 2, 0), default);
                        return Send(host, Pdus(host, random, 20, isAdmin: true));
                    }

                default:
                    var (admin, io) = ScriptedHost.OpenIoQueue(
                        target, headerDigest: random.Next(4) == 0, dataDigest: random.Next(4) == 0, hostNqn: RunningTarget.OtherHostNqn);
                    using (admin)
                    using (io)
                    {
                        return Send(io, Pdus(io, random, 40, isAdmin: false)) && admin.WaitForEnd();
                    }
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            return true; // ended in the middle of being attacked
        }
    }

    private static bool Send(ScriptedHost host, IEnumerable<byte[]> pdus)
    {
        foreach (var pdu in pdus)
        {
            host.Send(pdu);
        }

        return host.WaitForEnd();
    }

    // Mostly right, so that some come far; transfer tags are the low ones that a target would give.
    private static IEnumerable<byte[]> Pdus(ScriptedHost host, Random random, int count, bool isAdmin)
    {
        byte[] io = [NvmOpcode.Read, NvmOpcode.Write, NvmOpcode.Flush, NvmOpcode.WriteZeroes, NvmOpcode.DatasetManagement, Fabrics.Opcode, 0x05];
        byte[] admin = [AdminOpcode.Identify, AdminOpcode.GetFeatures, AdminOpcode.SetFeatures, AdminOpcode.GetLogPage,
            AdminOpcode.AsyncEventRequest, AdminOpcode.KeepAlive, Fabrics.Opcode];
        for (var i = 0; i < count; i++)
        {
            byte[] pdu;
            if (!isAdmin && random.Next(3) == 0)
            {
                var length = random.Next(1, 9) * 512;
                pdu = host.Data(new H2CData((ushort)random.Next(count), (ushort)random.Next(3), (uint)random.Next(3) * 512, (uint)length),
                    new byte[length], last: random.Next(2) == 0);
            }
            else
            {
                var opcodes = isAdmin ? admin : io;
                var data = random.Next(2) == 0 ? [] : new byte[random.Next(1, 17) * 512];
                var sgl = data.Length > 0 ? SglDescriptor.InCapsule : SglDescriptor.Transport;
                var entry = ScriptedHost.Entry(opcodes[random.Next(opcodes.Length)], (ushort)i, (uint)random.Next(5), sgl,
                    data.Length > 0 ? (uint)data.Length : (uint)random.Next(1, 600) * 512);
                for (var at = 40; at < 56; at += 4)
                {
                    var value = random.Next(6) == 0 ? (uint)random.NextInt64(1L << 32) : (uint)random.Next(40);
                    WriteUInt32LittleEndian(entry.AsSpan(at), at == 44 && random.Next(8) != 0 ? 0 : value);
                }

                random.NextBytes(data);
                pdu = host.Capsule(entry, data);
            }

            yield return random.Next(15) == 0 ? Mutate(pdu, random) : pdu;
        }
    }

    private static byte[] Mutate(byte[] pdu, Random random)
    {
        var changed = pdu.ToArray();
        switch (random.Next(4))
        {
            case 0:
                return changed[..random.Next(changed.Length)];
            case 1:
                WriteUInt32LittleEndian(changed.AsSpan(PduHeader.LengthAt), (uint)random.NextInt64(1L << 32) >> random.Next(32));
                return changed;
            case 2:
                changed[random.Next(PduHeader.Size)] = (byte)random.Next(256);
                return changed;
            default:
                changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
                return changed;
        }
    }

    private static byte[] RandomBytes(Random random, int most)
    {
        var bytes = new byte[random.Next(1, most)];
        random.NextBytes(bytes);
        return bytes;
    }
}
