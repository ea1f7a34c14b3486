using System.Globalization;
using System.Net;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Control;

/// <summary>POST /control/ACTION?…: faults on demand for scripts. Mapped only with --control, answers loopback only.</summary>
internal sealed class ControlEndpoint(Vcenter vcenter)
{
    public async Task<IResult> HandleAsync(HttpContext http, string action)
    {
        if (http.Connection.RemoteIpAddress is not { } remote || !IPAddress.IsLoopback(remote.IsIPv4MappedToIPv6 ? remote.MapToIPv4() : remote))
        {
            return Results.StatusCode(StatusCodes.Status403Forbidden);
        }

        try
        {
            return await RunAsync(http.Request.Query, action);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            return Results.Text(e.Message + "\n", statusCode: StatusCodes.Status400BadRequest);
        }
    }

    public IResult Vms() => Results.Json(vcenter.All<VirtualMachine>().OrderBy(v => v.Name, StringComparer.Ordinal)
        .Select(v => new { name = v.Name, id = v.Ref.Id, power = v.State.Power, snapshots = v.State.Snapshots.Count }));

    /// <summary>Calls of the API so far, by name.</summary>
    public IResult Calls() => Results.Json(vcenter.Faults.ApiCalls);

    private async Task<IResult> RunAsync(IQueryCollection query, string action)
    {
        var faults = vcenter.Faults;
        switch (action)
        {
            case "expire-sessions":
                faults.ExpireSessions();
                break;
            case "vanish-vm":
                faults.VanishVm(Text("vm"));
                break;
            case "change-capacity":
                faults.ChangeCapacity(Text("vm"), (int)Number("disk"), Number("bytes"));
                break;
            case "set-power":
                faults.SetPower(Text("vm"), Text("state"));
                break;
            case "cut-folder":
                faults.CutFolderReads(Number("after"), Times());
                break;
            case "cut-leases":
                faults.CutLeaseReads(Number("after"), Times());
                break;
            case "stall-folder":
                faults.StallFolderReads(Number("after"), Times());
                break;
            case "fail-http":
                faults.FailHttp(Times(), query.ContainsKey("status") ? (int)Number("status") : 503, Optional("retryAfter"));
                break;
            case "cut-answers":
                faults.CutAnswers(Number("after"), Times());
                break;
            case "garble-answers":
                faults.GarbleAnswers(Number("percent") / 100.0, (int)Number("seed"));
                break;
            case "stall-answers":
                faults.StallAnswers(Number("after"), Times());
                break;
            case "lose-answers":
                faults.LoseAnswers(Text("method"), Times());
                break;
            case "slow-calls":
                faults.CallDelay = TimeSpan.FromMilliseconds(Number("ms"));
                break;
            case "skew-clock":
                faults.ClockSkew = TimeSpan.FromSeconds(Number("seconds"));
                break;
            case "lose-power":
                faults.LosePower(Text("vm"), Optional("restartOn"));
                break;
            case "move-vm":
                faults.MoveVm(Text("vm"), Text("host"));
                break;
            case "relocate-vm":
                faults.RelocateVm(Text("vm"), Text("datastore"));
                break;
            case "take-snapshot":
                faults.TakeSnapshot(Text("vm"), Text("name"));
                break;
            case "remove-snapshot":
                await faults.RemoveSnapshotAsync(Text("vm"), Text("name"), Optional("andChildren") == "1");
                break;
            case "revert":
                await faults.RevertAsync(Text("vm"), Text("name"));
                break;
            case "slow-reads":
                faults.ReadBytesPerSecond = Number("bytesPerSecond") is > 0 and var rate ? rate : null;
                break;
            case "slow-datastore":
                faults.SlowDatastore(Text("datastore"), Number("ms") is > 0 and var milliseconds ? milliseconds : null);
                break;
            case "drop-leases":
                faults.DropLeases();
                break;
            case "guest-write":
                vcenter.Guests.Write(Text("vm"), (int)Number("disk"), Number("offset"), Number("bytes"), (ulong)Number("seed"));
                break;
            case "guest-burst":
                vcenter.Guests.Burst(Text("vm"), (int)Number("disk"), (int)Number("count"), (int)Number("bytes"), (int)Number("seed"));
                break;
            case "pause-guests":
                vcenter.Guests.Paused = Number("on") != 0;
                break;
            case "fail-task":
                faults.FailTasks(Text("method"), Text("fault"), "The task failed (simulated).", Times());
                break;
            case "fail-quiesce":
                faults.FailQuiesce(Times());
                break;
            case "leave-consolidation":
                faults.LeaveConsolidation(Times());
                break;
            case "reset-change-tracking":
                faults.ResetChangeTracking(Text("vm"));
                break;
            case "break-change-tracking":
                faults.BreakChangeTracking(Text("vm"));
                break;
            case "lose-changes":
                faults.LoseChanges(Text("vm"), Number("percent") / 100.0, (int)Number("seed"));
                break;
            case "free-space":
                faults.SetFreeSpace(Text("datastore"), Number("bytes"));
                break;
            default:
                return Results.Text($"There is no action {action}.\n", statusCode: StatusCodes.Status404NotFound);
        }

        return Results.NoContent();

        string? Optional(string name) => query.ContainsKey(name) ? Text(name) : null;
        string Text(string name) => query[name] is { Count: 1 } value ? value.ToString() : throw new ArgumentException($"The query needs {name}=…");
        long Number(string name) => long.Parse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        int Times() => query.ContainsKey("times") ? (int)Number("times") : 1;
    }
}
