using Microsoft.Extensions.Logging;
using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>
/// An open HttpNfcLease: the disks' URLs stay valid while its heartbeat runs, whether or not data flows. Ends by
/// <see cref="CompleteAsync"/>, or else by <see cref="AbortAsync"/>; disposing without either aborts.
/// </summary>
public sealed partial class ExportLease : IAsyncDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromMinutes(5);

    private readonly VSphereSession _session;
    private readonly ManagedObjectReference _lease;
    private readonly string _vm;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private Task _heart = Task.CompletedTask;
    private volatile int _percent;
    private bool _ended;

    private ExportLease(VSphereSession session, ManagedObjectReference lease, string vm, ILogger logger) =>
        (_session, _lease, _vm, _logger) = (session, lease, vm, logger);

    /// <summary>Code of a refusal that passes: somebody else has the VM, often an export whose worker was killed.</summary>
    public const string BusyCode = "source.export-busy";

    /// <summary>What can be downloaded; the URLs carry their own ticket and are secret while the lease lives.</summary>
    public IReadOnlyList<ExportLeaseDisk> Disks { get; private set; } = [];

    internal static async Task<ExportLease> OpenAsync(VSphereSession session, string vmKey, string? snapshotKey, ILogger logger, CancellationToken cancellationToken)
    {
        var vm = await session.ReadVmAsync(vmKey, cancellationToken)
            ?? throw VSphereFault.VmVanished(session, vmKey);
        ManagedObjectReference reference;
        try
        {
            reference = snapshotKey is null
                ? (await session.CallAsync(new ExportVmRequest { This = new("VirtualMachine", vmKey) }, cancellationToken)).Value
                : (await session.CallAsync(new ExportSnapshotRequest { This = new("VirtualMachineSnapshot", snapshotKey) }, cancellationToken)).Value;
        }
        catch (VSphereFault f) when (f.Code == "source.busy")
        {
            throw Busy(vm.Name, f);
        }

        var lease = new ExportLease(session, reference, vm.Name, logger);
        try
        {
            await lease.StartAsync(vm, cancellationToken);
            return lease;
        }
        catch
        {
            await lease.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the next heartbeat tells the source; shown in its task list.</summary>
    public void ReportProgress(int percent) => _percent = Math.Clamp(percent, 0, 100);

    /// <summary>What the server says that it sent, file by file; null when it keeps no manifest. To be asked before completing.</summary>
    public async Task<IReadOnlyList<ExportManifestEntry>?> ReadManifestAsync(CancellationToken cancellationToken)
    {
        try
        {
            var entries = (await _session.CallAsync(new HttpNfcLeaseGetManifestRequest { This = _lease }, cancellationToken)).Value ?? [];
            return [.. entries.Select(ExportManifestEntry.Of)];
        }
        catch (VSphereFault f) when (f.Type is "NotSupported" or "NotImplemented" or "MethodNotFound" or "InvalidRequest")
        {
            return null;
        }
    }

    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await StopHeartAsync();
        await _session.CallAsync(new HttpNfcLeaseProgressRequest { This = _lease, Percent = 100 }, cancellationToken);
        await _session.CallAsync(new HttpNfcLeaseCompleteRequest { This = _lease }, cancellationToken);
        _ended = true;
    }

    public async Task AbortAsync(string why, CancellationToken cancellationToken)
    {
        await StopHeartAsync();
        _ended = true;
        await _session.CallAsync(
            new HttpNfcLeaseAbortRequest { This = _lease, Fault = new LocalizedMethodFault { Fault = new RequestCanceled(), LocalizedMessage = why } },
            cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopHeartAsync();
        if (!_ended)
        {
            await AbortQuietlyAsync();
        }

        _stop.Dispose();
    }

    // A lease belongs to the session that took it: no other one may abort it, and the server ends it when its heartbeat stays out.
    private static MigrateException Busy(string vm, VSphereFault fault) => new(BusyCode,
        $"'{vm}' cannot be exported now, since another task has it: {fault.Message}",
        "An export whose worker was killed ends by itself within some minutes. Of anything else the VM's recent tasks at the source tell: wait for it to end, or cancel it there.", fault)
    { IsTransient = true };

    private async Task StartAsync(Vm vm, CancellationToken cancellationToken)
    {
        var info = await ReadyAsync(cancellationToken);
        foreach (var url in info.DeviceUrl ?? [])
        {
            // vCenter hands out URLs at its ESXi hosts and vouches for their certificates over the connection that is pinned.
            if (!string.IsNullOrEmpty(url.SslThumbprint) && Uri.TryCreate(url.Url, UriKind.Absolute, out var at))
            {
                _session.Trust.AcceptNamed(at.Host, url.SslThumbprint);
            }
        }

        Disks = ExportLeaseDisk.Of(vm, info, _session.Endpoint.Url);
        _heart = BeatAsync(TimeSpan.FromSeconds(Math.Clamp(info.LeaseTimeout / 3, 1, 60)));
    }

    private async Task<HttpNfcLeaseInfo> ReadyAsync(CancellationToken cancellationToken)
    {
        var reader = new PropertyReader(_session);
        var started = _session.Time.GetTimestamp();
        while (_session.Time.GetElapsedTime(started) < ReadyLimit)
        {
            var now = await reader.ReadOneAsync(_lease, ["state", "info", "error"], cancellationToken);
            switch (now?.Text("state"))
            {
                case HttpNfcLeaseState.Ready when now.Get<HttpNfcLeaseInfo>("info") is { } info:
                    return info;
                case HttpNfcLeaseState.Error or HttpNfcLeaseState.Done or null:
                    var error = now?.Get<LocalizedMethodFault>("error");
                    _ended = true;
                    var fault = VSphereFault.Of(error?.Fault?.GetType().Name ?? "Fault", _session.Endpoint.Url.Host, $"export of {_vm}: {error?.LocalizedMessage ?? "its lease ended at once"}");
                    throw fault.Code == "source.busy" ? Busy(_vm, fault) : fault;
            }

            await Task.Delay(Poll, _session.Time, cancellationToken);
        }

        throw new MigrateException("source.lease-not-ready", $"{_session.Endpoint.Url.Host} did not make the export of {_vm} ready within {ReadyLimit.TotalMinutes:0} minutes.",
            "Look at the VM's tasks at the source: another task may hold the VM.")
        { IsTransient = true };
    }

    private async Task BeatAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval, _session.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await BeatOnceAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The lease is being ended.
        }
    }

    private async Task BeatOnceAsync()
    {
        try
        {
            await _session.CallAsync(new HttpNfcLeaseProgressRequest { This = _lease, Percent = _percent }, _stop.Token);
        }
        catch (MigrateException e)
        {
            // Whoever downloads sees a lost lease as a broken stream; a single missed beat it survives.
            LogMissedBeat(_logger, _vm, e.Code, e.Message);
        }
    }

    private async Task StopHeartAsync()
    {
        await _stop.CancelAsync();
        await _heart;
    }

    private async Task AbortQuietlyAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10), _session.Time);
        try
        {
            await AbortAsync("the download was given up", limit.Token);
        }
        catch (MigrateException e)
        {
            LogNotEnded(_logger, _vm, e.Code, e.Message);
        }
        catch (OperationCanceledException)
        {
            LogNotEnded(_logger, _vm, "timeout", "no answer in time");
        }
    }
}
