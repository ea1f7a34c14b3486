using Migrate.Simulator;

namespace Migrate.Executor.Tests.Copy;

/// <summary>
/// Everything that can happen to a VM and to the way to it, between any two requests, as a seed has it: other people's snapshots, ours removed by them,
/// going back, power, DRS, storage vMotion, tracking that is reset or damaged, sessions, connections and tasks that fail.
/// </summary>
internal sealed class Meddling(Random random, double chance)
{
    private static readonly string[] Methods = ["CreateSnapshot_Task", "RemoveSnapshot_Task", "ReconfigVM_Task", "QueryChangedDiskAreas", "RetrievePropertiesEx", "ConsolidateVMDisks_Task"];
    private readonly Lock _lock = new();
    private readonly List<string> _done = [];
    private int _foreign;

    public bool On { get; set; }

    public SimulatorServer? Server { get; set; }

    /// <summary>What was done, in order, to tell a failure by.</summary>
    public string Told
    {
        get
        {
            lock (_lock)
            {
                return string.Join(", ", _done);
            }
        }
    }

    public void BeforeRequest()
    {
        lock (_lock)
        {
            if (On && Server is not null && random.NextDouble() < chance)
            {
                _done.Add(Meddle(Server));
            }
        }
    }

    /// <summary>Whatever others left is cleaned away, as an operator would before the last pass.</summary>
    public void CleanUp()
    {
        On = false;
        EndBackups();
    }

    public void EndBackups()
    {
        lock (_lock)
        {
            foreach (var snapshot in Server!.SnapshotsOf("vm").Where(s => s.StartsWith("backup", StringComparison.Ordinal)))
            {
                Server.Faults.RemoveSnapshotAsync("vm", snapshot).GetAwaiter().GetResult();
                _done.Add($"{snapshot} ends");
            }
        }
    }

    private string Meddle(SimulatorServer server)
    {
        var faults = server.Faults;
        var snapshots = server.SnapshotsOf("vm");
        switch (random.Next(20))
        {
            case 0:
                faults.ResetChangeTracking("vm");
                return "reset";
            case 1:
                faults.BreakChangeTracking("vm");
                return "broken tracking file";
            case 2:
                faults.FailQuiesce();
                return "restless guest";
            case 3:
                faults.LeaveConsolidation();
                return "consolidation left";
            case 4:
                var method = Methods[random.Next(2)];
                faults.FailTasks(method, random.Next(2) == 0 ? "SystemError" : "FileLocked", "the host lost its way");
                return method + " fails";
            case 5:
                faults.FailHttp(random.Next(1, 3), 503, "0");
                return "503";
            case 6:
                faults.ExpireSessions();
                return "sessions expired";
            case 7:
                faults.CutAnswers(random.Next(0, 2000));
                return "answer cut";
            case 8:
                var lost = Methods[random.Next(Methods.Length)];
                faults.LoseAnswers(lost);
                return $"answer to {lost} lost";
            case 9:
                faults.TakeSnapshot("vm", $"backup {++_foreign}");
                return $"backup {_foreign}";
            case 10 or 11 or 12 when snapshots.Count > 0:
                // With something in the delta that is merged into what is being read.
                var removed = snapshots[random.Next(snapshots.Count)];
                server.Guests.Burst("vm", 0, 20, 64 << 10, random.Next());
                faults.RemoveSnapshotAsync("vm", removed, random.Next(3) == 0).GetAwaiter().GetResult();
                return $"{removed} removed";
            case 13 when snapshots.Count > 0:
                var target = snapshots[random.Next(snapshots.Count)];
                faults.RevertAsync("vm", target).GetAwaiter().GetResult();
                faults.SetPower("vm", "poweredOn");
                return $"back to {target}";
            case 14:
                faults.SetPower("vm", server.PowerStateOf("vm") == "poweredOn" ? "poweredOff" : "poweredOn");
                return server.PowerStateOf("vm");
            case 15:
                faults.LosePower("vm", random.Next(2) == 0 ? "esx01.example" : null);
                return "power loss";
            case 16:
                faults.MoveVm("vm", random.Next(2) == 0 ? "esx01.example" : "esx02.example");
                return "DRS";
            case 17:
                faults.RelocateVm("vm", random.Next(2) == 0 ? "ds1" : "ds2");
                return "storage vMotion";
            case 18:
                faults.CutFolderReads(random.Next(0, 100_000));
                return "read cut";
            default:
                server.Guests.Burst("vm", random.Next(2), random.Next(1, 30), 1 << random.Next(10, 18), random.Next());
                return "burst";
        }
    }
}
