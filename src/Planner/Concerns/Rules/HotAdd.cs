namespace Migrate.Planner.Concerns.Rules;

internal sealed class HotAdd : IConcernRule
{
    public string Id => "vm.hot-add";

    public string Label => "CPU or memory hot add";

    public string Finds => "Warning when CPUs or memory can be added to the running VM.";

    public string Assessment => "CPUs or memory can be added while the VM runs. The domain is defined with what the VM has now, and growing it takes a restart.";

    public string Remedy => "Give the VM what it will need before the move, or raise the domain's maximum afterwards.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API VirtualMachineConfigInfo; Forklift vmware.cpu_memory.hotplug.enabled";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        string what = (context.Vm.CpuHotAddEnabled, context.Vm.MemoryHotAddEnabled) switch
        {
            (true, true) => "CPUs and memory",
            (true, false) => "CPUs",
            (false, true) => "Memory",
            _ => "",
        };
        if (what.Length > 0)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                $"{what} can be added to the VM while it runs. The domain is defined with what the VM has now, and growing it takes a restart.",
                Remedy);
        }
    }
}
