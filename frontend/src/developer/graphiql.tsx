document.title = "GraphiQL";
