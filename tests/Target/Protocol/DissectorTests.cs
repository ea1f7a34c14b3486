using System.Diagnostics;
using System.Globalization;

namespace Migrate.Target.Tests.Protocol;

/// <summary>What host and target say to each other, as Wireshark's dissector of NVMe/TCP reads it: somebody else's reading of the specification.</summary>
public sealed class DissectorTests
{
    private const long Capacity = 16 << 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_session_has_no_malformed_PDU_and_no_wrong_digest(bool headerDigest, bool dataDigest)
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(Capacity);
        var port = target.Target.EndPoint.Port;
        var capture = Path.Combine(target.Target.Directory, "session.pcapng");
        using (var dumpcap = await CaptureAsync(port, capture))
        {
            await using (var host = await target.ConnectAsync(o => o with { HeaderDigest = headerDigest, DataDigest = dataDigest, IoQueues = 2 }))
            {
                var disk = await host.OpenAsync(created.Uuid, Cancel);
                var data = new byte[256 * 1024];
                Random.Shared.NextBytes(data);
                foreach (var length in new[] { 512, 4096, 16384, 131072, 262144 })
                {
                    await disk.WriteAsync(length, data.AsMemory(0, length), Cancel); // in the capsule, or by R2T
                    await disk.ReadAsync(length, data.AsMemory(0, length), Cancel);
                }

                await disk.WriteZeroesAsync(0, 1 << 20, Cancel);
                await disk.DeallocateAsync(1 << 20, 1 << 20, Cancel);
                await disk.FlushAsync(Cancel);
            }

            await StopAsync(dumpcap);
        }

        string[] digests = ["-o", $"nvme-tcp.check_hdgst:{headerDigest}", "-o", $"nvme-tcp.check_ddgst:{dataDigest}"];
        var types = await DissectAsync(capture, port, "nvme-tcp", [.. digests, "-T", "fields", "-e", "nvme-tcp.type"]);
        foreach (var type in new[] { 0x0, 0x1, 0x4, 0x5, 0x6, 0x7, 0x9 }) // all but the termination requests
        {
            types.Split('\n', ',').Select(t => t.Trim()).ShouldContain(type.ToString(CultureInfo.InvariantCulture), types);
        }

        (await DissectAsync(capture, port, "_ws.malformed || _ws.expert.severity >= 8388608 || nvme-tcp.unknown_data", digests)).ShouldBeEmpty();
        (await DissectAsync(capture, port, "nvme-tcp.hdgst.status == 0 || nvme-tcp.ddgst.status == 0", digests)).ShouldBeEmpty("0 is a bad checksum");
        if (headerDigest || dataDigest)
        {
            (await DissectAsync(capture, port, "nvme-tcp.hdgst.status == 1 || nvme-tcp.ddgst.status == 1", digests)).ShouldNotBeEmpty("1 is a good one");
        }
    }

    private static async Task<Process> CaptureAsync(int port, string file)
    {
        // All that arrives on the loopback at this port, in whole segments.
        var start = new ProcessStartInfo("dumpcap", ["-q", "-i", "lo", "-B", "64", "-f", $"tcp port {port}", "-w", file]) { RedirectStandardError = true };
        var dumpcap = Programs.Start(start);
        while (await dumpcap.StandardError.ReadLineAsync(Cancel) is { } line)
        {
            if (line.StartsWith("File:", StringComparison.Ordinal))
            {
                return dumpcap;
            }
        }

        throw new InvalidOperationException("dumpcap ended without capturing; it needs root, or its capabilities");
    }

    private static async Task StopAsync(Process dumpcap)
    {
        await Task.Delay(TimeSpan.FromSeconds(3), Cancel); // the kernel hands captured segments over in batches
        await Programs.OutputOfAsync("kill", "-INT", $"{dumpcap.Id}");
        await dumpcap.WaitForExitAsync(Cancel);
    }

    private static Task<string> DissectAsync(string capture, int port, string filter, string[] options) => Programs.OutputOfAsync(
        "tshark", ["-n", "-r", capture, "-d", $"tcp.port=={port},nvme-tcp", "-Y", filter, .. options]);
}
