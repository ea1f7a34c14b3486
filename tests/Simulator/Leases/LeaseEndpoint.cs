using System.Globalization;
using System.Security.Cryptography;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Transfers;
using Migrate.Simulator.Vmdk;

namespace Migrate.Simulator.Leases;

/// <summary>/nfc/LEASE/disk-N.vmdk: a leased disk as one stream. No ranges: hosts do not promise them.</summary>
internal sealed class LeaseEndpoint(Vcenter vcenter)
{
    public async Task HandleAsync(HttpContext http, string downloadId, string file)
    {
        var lease = vcenter.Leases.Find(downloadId);
        if (lease is not { IsReady: true } || IndexOf(file) is not { } index || index >= lease.Disks.Count)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            await http.Response.WriteAsync("404 There is no such lease, or it is not ready.\n", http.RequestAborted);
            return;
        }

        var disk = lease.Disks[index];
        http.Response.ContentType = "application/x-vnd.vmware-streamVmdk";
        if (HttpMethods.IsHead(http.Request.Method))
        {
            return;
        }

        using var sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long sent = 0;
        var body = new LimitedBody(http, vcenter, vcenter.Faults.LeaseCuts.Take());
        var writer = new StreamOptimizedWriter(lease.ContentOf(disk), disk.CapacityBytes, file, async bytes =>
        {
            // A lease that ends takes its transfers with it.
            if (!lease.IsReady)
            {
                http.Abort();
                return false;
            }

            sha1.AppendData(bytes.Span);
            sha256.AppendData(bytes.Span);
            sent += bytes.Length;
            return await body.WriteAsync(bytes);
        });
        if (await writer.WriteAsync(http.RequestAborted))
        {
            lease.NoteSent(index, new SentFile(sent, Convert.ToHexStringLower(sha1.GetCurrentHash()), Convert.ToHexStringLower(sha256.GetCurrentHash())));
        }
    }

    private static int? IndexOf(string file) =>
        file.StartsWith("disk-", StringComparison.Ordinal) && file.EndsWith(".vmdk", StringComparison.Ordinal)
        && int.TryParse(file.AsSpan(5, file.Length - 10), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;
}
