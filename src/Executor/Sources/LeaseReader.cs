using System.Net;
using System.Runtime.CompilerServices;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources.Vmdk;
using Migrate.Planner;
using Migrate.Planner.VSphere;

namespace Migrate.Executor.Sources;

/// <summary>
/// Reads a disk through an export lease of its own: a lease for several disks was seen to give only the first one on vSAN. The source sends
/// the whole disk once, compressed and from the start; the lease is completed at its end and aborted on any failure.
/// </summary>
public sealed class LeaseReader : IDiskReader
{
    private static readonly TimeSpan StallTimeout = TimeSpan.FromMinutes(5);

    private readonly HttpClient _http;
    private readonly ExportLease _lease;
    private readonly ExportLeaseDisk _disk;
    private readonly TimeProvider _time;
    private readonly ExtentPool _pool = new(32);

    private LeaseReader(HttpClient http, ExportLease lease, ExportLeaseDisk disk, TimeProvider time) => (_http, _lease, _disk, _time) = (http, lease, disk, time);

    public string Kind => "export-lease";

    public long CapacityBytes => _disk.CapacityBytes;

    public bool CanStartAnywhere => false;

    public static async Task<LeaseReader> OpenAsync(VSphereSession session, string vmKey, int diskKey, TimeProvider time, CancellationToken cancellationToken)
    {
        var lease = await session.OpenExportLeaseAsync(vmKey, cancellationToken);
        if (lease.Disks.FirstOrDefault(d => d.Key == diskKey) is { } disk)
        {
            return new LeaseReader(session.Http, lease, disk, time);
        }
        await lease.DisposeAsync();
        throw new MigrateException("source.disk-vanished", $"The export of {vmKey} has no disk {diskKey} (it has {string.Join(", ", lease.Disks.Select(d => d.Key))}).",
            "Sync the inventory and make the plan again.");
    }

    public async IAsyncEnumerable<DiskChunk> ReadAsync(long fromOffset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(fromOffset, 0);
        using var response = await RequestAsync(cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var vmdk = new StreamOptimizedVmdk(new VmdkInput(body, StallTimeout, _time), CapacityBytes, _pool);
        await foreach (var chunk in vmdk.ReadAsync(cancellationToken))
        {
            // 100 is said by completing.
            _lease.ReportProgress((int)Math.Min(99, (chunk.Offset + chunk.Length) * 100.0 / CapacityBytes));
            yield return chunk;
        }
        await _lease.CompleteAsync(cancellationToken);
    }

    /// <summary>Aborts the lease unless it was completed; quietly, so that whatever ended the copy stays the error that is seen.</summary>
    public ValueTask DisposeAsync() => _lease.DisposeAsync();

    private async Task<HttpResponseMessage> RequestAsync(CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        using var limit = new CancellationTokenSource(StallTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _disk.Url);
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw HttpFailure.Cut(_disk.Url, 0, new TimeoutException($"the source did not answer within {StallTimeout.TotalMinutes:0} minutes", e));
        }
        catch (HttpRequestException e)
        {
            throw HttpFailure.Cut(_disk.Url, 0, e);
        }
        if (response.StatusCode != HttpStatusCode.OK)
        {
            using (response)
            {
                throw HttpFailure.Of(response.StatusCode, _disk.Url);
            }
        }
        return response;
    }
}
