namespace Migrate.Planner.Concerns.Rules;

internal sealed class InaccessibleFiles : IConcernRule
{
    public string Id => "vm.inaccessible-files";

    public string Label => "Files of the VM cannot be read";

    public string Finds => "Warning when vSphere finds files of the VM inaccessible; Critical when one is a disk's.";

    public string Assessment => "vSphere cannot read files of the VM. Where one is a disk's, a copy of it fails.";

    public string Remedy => "Restore the datastore or the files, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere API VirtualMachineFileLayoutEx.file.accessible";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.Storage.InaccessibleFiles is { Count: > 0 } files)
        {
            bool disk = context.Vm.Disks.Any(disk => files.Contains(disk.FileName)) || files.Any(file => file.EndsWith(".vmdk", StringComparison.OrdinalIgnoreCase));
            yield return this.Find(disk ? ConcernSeverity.Critical : ConcernSeverity.Warning, context.Vm.Name,
                $"vSphere cannot read {Words.Count(files.Count, "file")} of the VM, e.g. {files[0]}.",
                Remedy);
        }
    }
}
