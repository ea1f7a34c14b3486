using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Migrate.Target.Admin;
using Migrate.Target.Authentication;
using Migrate.Target.Host;
using Migrate.Target.Protocol;
using Migrate.Target.Tests.Authentication;
using Migrate.Target.Tls;

namespace Migrate.Target.Tests.Tls;

public sealed class TlsPortTests
{
    private static readonly TlsKey Key = TlsKey.Generate();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task Our_host_reads_and_writes_within_tls(bool sha384, bool authenticates)
    {
        var key = TlsKey.Generate(sha384);
        var secret = authenticates ? DhChapSecret.Generate(DhChapHash.Sha256) : null;
        await using var target = await StartAsync();
        target.Target.SetTlsKey(RunningTarget.HostNqn, key);
        if (secret is not null)
        {
            target.Target.SetHostKeys(RunningTarget.HostNqn, secret);
        }

        var one = await target.CreateAsync(8 << 20);
        await using var host = await target.ConnectAsync(o => o with { EndPoint = TlsEndPoint(target), TlsKey = key, HostKey = secret, DataDigest = true });
        var disk = await host.OpenAsync(one.Uuid, Cancel);
        var written = RandomNumberGenerator.GetBytes(4 << 20);
        await disk.WriteAsync(0, written, Cancel);
        var read = new byte[written.Length];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => disk.ReadAsync(i << 19, read.AsMemory(i << 19, 1 << 19), Cancel).AsTask()));
        read.AsSpan().SequenceEqual(written).ShouldBeTrue();
    }

    [Fact]
    public async Task A_host_with_a_key_does_not_get_in_without_tls_or_with_another_key_or_as_somebody_else()
    {
        var log = new LogOfWarnings();
        await using var target = await StartAsync(log);
        target.Target.SetTlsKey(RunningTarget.HostNqn, Key);
        target.Target.SetTlsKey(RunningTarget.OtherHostNqn, TlsKey.Generate());

        var plain = await Should.ThrowAsync<NvmeException>(() => target.ConnectAsync());
        (plain.StatusCodeType, plain.StatusCode).ShouldBe((1, 0x84));
        var wrong = await Should.ThrowAsync<NvmeException>(() => target.ConnectAsync(o => o with { EndPoint = TlsEndPoint(target), TlsKey = TlsKey.Generate() }));
        wrong.Message.ShouldContain("no TLS handshake");
        await log.WaitForAsync("no TLS handshake with the host");
        await Should.ThrowAsync<NvmeException>(() => target.ConnectAsync(o => o with { EndPoint = TlsEndPoint(target) })); // speaks no TLS
        await Should.ThrowAsync<NvmeException>(() => target.ConnectAsync(o => o with { TlsKey = Key })); // there nobody speaks TLS

        // Who has proven to be one host cannot then say in Connect that it is another.
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(TlsEndPoint(target));
        using var context = new TlsContext();
        var psk = Key.For(RunningTarget.HostNqn, target.Target.SubsystemNqn, TlsIdentityVersion.Plain, TlsDerivation.Standard);
        using var tls = TlsStream.Connect(socket, context, psk, TimeSpan.FromSeconds(30));
        Connect(tls, target.Target.SubsystemNqn, RunningTarget.OtherHostNqn).ShouldBe((ushort)(NvmeStatus.ConnectInvalidHost | NvmeStatus.DoNotRetry));
        Connect(tls, target.Target.SubsystemNqn, RunningTarget.HostNqn, initialize: false).ShouldBe(NvmeStatus.Success);
    }

    [Fact]
    public async Task A_host_that_says_nothing_or_drips_is_closed_in_time()
    {
        await using var target = await StartAsync(change: o => o with { HandshakeTimeout = TimeSpan.FromMilliseconds(500) });
        using var silent = new ScriptedHost(TlsEndPoint(target));
        Should.Throw<ShouldAssertException>(silent.Receive);
        using var dripping = new Socket(SocketType.Stream, ProtocolType.Tcp);
        dripping.Connect(TlsEndPoint(target));
        var since = Stopwatch.StartNew();
        Should.Throw<SocketException>(() =>
        {
            while (since.Elapsed < TimeSpan.FromSeconds(30))
            {
                dripping.Send([0x16]);
                Thread.Sleep(50);
            }
        });
    }

    [Fact]
    public async Task The_discovery_log_says_which_port_wants_tls()
    {
        await using var target = await StartAsync();
        using var asking = ScriptedHost.OpenAdmin(target.Target.EndPoint, Nqn.Discovery);
        var page = asking.GetLogPage(0x70, 16 * 1024).Data;
        var records = Enumerable.Range(1, BitConverter.ToInt32(page, 8)).Select(n => page.AsSpan(n * 1024, 1024).ToArray())
            .Where(r => r[2] == 2).ToDictionary(r => BitConverter.ToUInt16(r, 4), r => (Treq: r[3] & 3, SecurityType: r[768]));
        records.ShouldBe(new Dictionary<ushort, (int, byte)> { [1] = (0, 0), [10] = (1, 2) }, ignoreOrder: true);
    }

    // openssl s_client is a TLS client that we did not write: it takes the derived key by its identity, and then pipes bytes.
    // By its option -psk it can SHA-256 only.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task OpenSsls_client_shakes_hands_and_gets_the_icresp(int version)
    {
        await using var target = await StartAsync();
        target.Target.SetTlsKey(RunningTarget.HostNqn, Key);
        var psk = Key.For(RunningTarget.HostNqn, target.Target.SubsystemNqn, (TlsIdentityVersion)version, TlsDerivation.Standard);
        using var client = Process.Start(new ProcessStartInfo("openssl",
            ["s_client", "-connect", $"{TlsEndPoint(target)}", "-tls1_3", "-psk", Convert.ToHexString(psk.Key), "-psk_identity", psk.Identity,
                "-quiet", "-no_ign_eof"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var request = new byte[IcReq.Size];
            new IcReq(0, 0, false, false, 0).Write(request);
            await client.StandardInput.BaseStream.WriteAsync(request, Cancel);
            await client.StandardInput.BaseStream.FlushAsync(Cancel);
            var response = new byte[IcResp.Size];
            await client.StandardOutput.BaseStream.ReadExactlyAsync(response, Cancel).AsTask().WaitAsync(TimeSpan.FromMinutes(1), Cancel);
            PduHeader.Read(response).Type.ShouldBe(PduType.IcResp);
        }
        finally
        {
            client.Kill();
            await client.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static Task<RunningTarget> StartAsync(LogOfWarnings? log = null, Func<TargetOptions, TargetOptions>? change = null) =>
        RunningTarget.StartAsync(loggers: log?.Factory, change: o =>
        {
            o = o with { MorePorts = [new PortSpec(10, IPAddress.Loopback, 0, Tls: true)] };
            return change?.Invoke(o) ?? o;
        });

    private static IPEndPoint TlsEndPoint(RunningTarget target) => target.Target.ListPorts().Single(p => p.Tls).EndPoint;

    private static ushort Connect(TlsStream tls, string subsystemNqn, string hostNqn, bool initialize = true)
    {
        if (initialize)
        {
            var request = new byte[IcReq.Size];
            new IcReq(0, 0, false, false, 0).Write(request);
            tls.Send(request).ShouldBe(SocketError.Success);
            ReceiveExactly(tls, IcResp.Size);
        }

        var data = new byte[ConnectData.Size];
        new ConnectData(Guid.Parse(hostNqn[^36..]), ConnectData.Dynamic, subsystemNqn, hostNqn).Write(data);
        var entry = ScriptedHost.Entry(Fabrics.Opcode, 1, Fabrics.Connect, SglDescriptor.InCapsule, ConnectData.Size);
        entry[44] = 31;
        var pdu = new byte[PduLayout.Plain.Length(CapsuleCmd.HeaderSize, data.Length)];
        CapsuleCmd.WriteHeader(pdu, PduLayout.Plain, entry, data.Length);
        data.CopyTo(pdu.AsSpan(PduLayout.Plain.DataOffset(CapsuleCmd.HeaderSize)));
        tls.Send(pdu).ShouldBe(SocketError.Success);
        return CompletionEntry.Read(ReceiveExactly(tls, CapsuleResp.HeaderSize).AsSpan(PduHeader.Size)).Status;
    }

    private static byte[] ReceiveExactly(TlsStream tls, int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
        {
            var received = tls.Receive(bytes.AsSpan(at), out var error);
            error.ShouldBe(SocketError.Success);
            received.ShouldBeGreaterThan(0);
            at += received;
        }

        return bytes;
    }
}
