package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

// save writes all properties of all objects with govmomi's own XML encoder, which is what makes a dump of govc what it is.
func save(server *url.URL, dir string) error {
	ctx := context.Background()
	client, err := govmomi.NewClient(ctx, server, true)
	if err != nil {
		return err
	}
	defer client.Logout(ctx)

	root := client.ServiceContent.RootFolder
	objects, err := view.NewManager(client.Client).CreateContainerView(ctx, root, nil, true)
	if err != nil {
		return err
	}
	defer objects.Destroy(ctx)

	collector := property.DefaultCollector(client.Client)
	everything := []types.PropertySpec{
		{Type: "ManagedEntity", All: types.NewBool(true)},
		{Type: "ServiceInstance", All: types.NewBool(true)},
	}
	found, err := methods.RetrieveProperties(ctx, client.Client, &types.RetrieveProperties{
		This: collector.Reference(),
		SpecSet: []types.PropertyFilterSpec{{
			PropSet: everything,
			ObjectSet: []types.ObjectSpec{
				{Obj: types.ManagedObjectReference{Type: "ServiceInstance", Value: "ServiceInstance"}},
				{Obj: root},
				{Obj: objects.Reference(), Skip: types.NewBool(true), SelectSet: []types.BaseSelectionSpec{
					&types.TraversalSpec{Type: "ContainerView", Path: "view"},
				}},
			},
		}},
	})
	if err != nil {
		return err
	}

	for i, object := range found.Returnval {
		// Some of the simulator's ids are paths.
		name := fmt.Sprintf("%04d-%s-%s.xml", i, object.Obj.Type, strings.ReplaceAll(object.Obj.Value, "/", "-"))
		file, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		encoder := xml.NewEncoder(file)
		encoder.Indent("", "  ")
		if err := encoder.Encode(object); err != nil {
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	return nil
}
