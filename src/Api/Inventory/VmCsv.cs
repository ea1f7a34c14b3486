using System.Globalization;
using System.Text;
using Migrate.Api.Reports.Formats;

namespace Migrate.Api.Inventory;

/// <summary>VMs as a table, written while they are read. Cells are guarded against being read as formulas; what is not known is empty.</summary>
internal static class VmCsv
{
    public const string MediaType = "text/csv";

    private static readonly string[] Columns =
    [
        "key", "name", "power", "datacenter", "cluster", "folder", "host", "guest", "vcpus", "memory_bytes", "disks", "capacity_bytes", "used_bytes", "change_bytes_per_second", "change_origin", "datastores",
        "worst_concern", "critical", "warnings", "information", "concerns", "plan", "wave",
    ];

    /// <summary>What is wrong with the filter is told before the first line.</summary>
    public static async Task<IResult> AnswerAsync(VmLists lists, string source, VmFilter filter, int? version, string? sort, CancellationToken cancellationToken)
    {
        var vms = await lists.AllAsync(source, filter, version, sort, cancellationToken);
        return Results.Stream(stream => WriteAsync(vms, stream, cancellationToken), MediaType + "; charset=utf-8", source + ".csv");
    }

    private static async Task WriteAsync(IAsyncEnumerable<VmRow> vms, Stream stream, CancellationToken cancellationToken)
    {
        await using var text = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\r\n" };
        await text.WriteLineAsync(string.Join(',', Columns).AsMemory(), cancellationToken);
        await foreach (var vm in vms)
        {
            await text.WriteLineAsync(string.Join(',', CellsOf(vm).Select(CsvCell.Of)).AsMemory(), cancellationToken);
        }
    }

    private static string[] CellsOf(VmRow vm) =>
    [
        vm.Key, vm.Name, vm.PowerState, vm.Datacenter, vm.Cluster, vm.Folder, vm.Host, vm.GuestFullName, Number(vm.CpuCount), Number(vm.MemoryBytes), Number(vm.DiskCount), Number(vm.CapacityBytes), Number(vm.UsedBytes),
        Number(vm.ChangeBytesPerSecond), vm.ChangeOrigin?.ToString() ?? "", string.Join("; ", vm.Datastores), vm.Worst.ToString(), Number(vm.Critical), Number(vm.Warnings), Number(vm.Information), string.Join("; ", vm.ConcernIds),
        vm.Plan ?? "", Number(vm.Wave),
    ];

    private static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
