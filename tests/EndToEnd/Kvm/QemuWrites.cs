using System.Globalization;
using System.Text.Json.Nodes;

namespace Migrate.EndToEnd.Tests.Kvm;

/// <summary>Writes of 4 KiB by QEMU itself, which it counts as it does those of a guest.</summary>
internal static class QemuWrites
{
    /// <summary>
    /// One after another; returns when QEMU has counted all. Its "aio_flush" would wait for them as well, but QEMU 7.2 can wait for ever there: it holds the
    /// lock of the disk's IOThread, which needs it to complete them.
    /// </summary>
    public static async Task MakeAsync(string domain, string device, int writes)
    {
        var all = await CountAsync(domain, device) + writes;
        for (var i = 0; i < writes; i++)
        {
            await VirshAsync("qemu-monitor-command", "--hmp", domain, string.Create(CultureInfo.InvariantCulture, $"qemu-io -d {device} \"aio_write -P 7 {i * 4096} 4k\""));
        }

        while (await CountAsync(domain, device) < all)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>What QEMU has counted of a disk.</summary>
    public static async Task<JsonNode> StatsAsync(string domain, string device) =>
        JsonNode.Parse(await VirshAsync("qemu-monitor-command", domain, """{"execute":"query-blockstats"}"""))!["return"]!.AsArray().Single(x => x!["qdev"]?.GetValue<string>() == device)!["stats"]!;

    private static async Task<long> CountAsync(string domain, string device) => (await StatsAsync(domain, device))["wr_operations"]!.GetValue<long>();

    private static Task<string> VirshAsync(params string[] arguments) => Programs.OutputOfAsync("virsh", ["-c", LibvirtFixture.Uri, .. arguments]);
}
