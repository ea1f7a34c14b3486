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
    private readonly HttpClient _http;
    private readonly ExportLease _lease;
    private readonly ExportLeaseDisk _disk;
    private readonly TimeProvider _time;
    private readonly IDisposable? _turn;

    private LeaseReader(HttpClient http, ExportLease lease, ExportLeaseDisk disk, IDisposable? turn, TimeProvider time) => (_http, _lease, _disk, _turn, _time) = (http, lease, disk, turn, time);

    public string Kind => "export-lease";

    public long CapacityBytes => _disk.CapacityBytes;

    public bool CanStartAnywhere => false;

    /// <summary>Without a byte for so long the export counts as cut. Long, since a host may be at zeroes for minutes.</summary>
    internal TimeSpan StallTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Null before the end, and when the server keeps no manifest; true when what came is what it says it sent.</summary>
    public bool? ManifestAgrees { get; private set; }

    /// <summary>Exports the VM, which must be off, or a snapshot of it, which may run; with turns, when the VM's other exports are over.</summary>
    internal static async Task<LeaseReader> OpenAsync(
        VSphereSession session, string vmKey, int diskKey, TimeProvider time, string? snapshotKey, ExportTurns? turns, CancellationToken cancellationToken)
    {
        var turn = turns is null ? null : await turns.TakeAsync(session.Login.Host, vmKey, cancellationToken);
        try
        {
            var lease = await session.OpenExportLeaseAsync(vmKey, cancellationToken, snapshotKey);
            if (lease.Disks.FirstOrDefault(d => d.Key == diskKey) is { } disk)
            {
                return new LeaseReader(session.Http, lease, disk, turn, time);
            }

            await lease.DisposeAsync();
            throw new MigrateException("source.disk-vanished", $"The export of {vmKey} has no disk {diskKey} (it has {string.Join(", ", lease.Disks.Select(d => d.Key))}).",
                "Sync the inventory and make the plan again.");
        }
        catch
        {
            turn?.Dispose();
            throw;
        }
    }

    public async IAsyncEnumerable<DiskChunk> ReadAsync(long fromOffset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(fromOffset, 0);
        using var response = await RequestAsync(cancellationToken);
        await using var body = new DigestedStream(await response.Content.ReadAsStreamAsync(cancellationToken));
        var input = new VmdkInput(body, StallTimeout, _time);
        var vmdk = new StreamOptimizedVmdk(input, CapacityBytes, ExtentPool.Streams);
        await foreach (var chunk in vmdk.ReadAsync(cancellationToken))
        {
            // 100 is said by completing.
            _lease.ReportProgress((int)Math.Min(99, (chunk.Offset + chunk.Length) * 100.0 / CapacityBytes));
            yield return chunk;
        }
        // The digests are of all that was sent, padding after the end marker included.
        await input.DrainAsync(cancellationToken);
        await CheckManifestAsync(body, cancellationToken);
        await _lease.CompleteAsync(cancellationToken);
    }

    /// <summary>Aborts the lease unless it was completed; quietly, so that whatever ended the copy stays the error that is seen.</summary>
    public async ValueTask DisposeAsync()
    {
        await _lease.DisposeAsync();
        _turn?.Dispose();
    }

    private async Task CheckManifestAsync(DigestedStream body, CancellationToken cancellationToken)
    {
        if ((await _lease.ReadManifestAsync(cancellationToken))?.FirstOrDefault(e => e.DeviceKey == _disk.DeviceKey) is not { } said)
        {
            return;
        }
        var differs = (said.Sha256 is { } sha256 && sha256 != body.Sha256) || (said.Sha1 is { } sha1 && sha1 != body.Sha1) || (said.Bytes is { } bytes && bytes != body.Bytes);
        if (differs)
        {
            throw new MigrateException("source.manifest-mismatch",
                $"The export of disk {_disk.Key} came as {body.Bytes} bytes with SHA-256 {body.Sha256}; the source says that it sent {said.Bytes} bytes with {said.Sha256 ?? said.Sha1}.",
                "Retry: the disk is exported again and compared with what is there. If it happens again, look for what changes bytes between here and the host (memory, a proxy).")
            { IsTransient = true };
        }
        ManifestAgrees = said.Sha256 is not null || said.Sha1 is not null || said.Bytes is not null ? true : null;
    }

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
