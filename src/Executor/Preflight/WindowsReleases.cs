using Migrate.Planner.Inventory;

namespace Migrate.Executor.Preflight;

/// <summary>virtio-win's directory for a Windows guest, by vSphere's guest id; null where the id does not tell.</summary>
internal static class WindowsReleases
{
    public static bool IsWindows(Vm vm) => vm.GuestId.StartsWith("win", StringComparison.OrdinalIgnoreCase);

    public static string? Of(Vm vm) => vm.GuestId switch
    {
        "windows2022srvNext_64Guest" => "2k25",
        "windows2019srvNext_64Guest" => "2k22",
        "windows2019srv_64Guest" => "2k19",
        "windows9Server64Guest" => "2k16",
        "windows8Server64Guest" => vm.GuestFullName.Contains("R2", StringComparison.Ordinal) ? "2k12R2" : "2k12",
        "windows7Server64Guest" => "2k8R2",
        "windows11_64Guest" or "windows12_64Guest" => "w11",
        "windows9_64Guest" => "w10",
        "windows8_64Guest" => "w8",
        "windows7_64Guest" => "w7",
        _ => null,
    };
}
